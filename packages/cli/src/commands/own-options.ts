import type { DriverHostOptions } from '@outrigger/host';
import { hostOptions } from '../drivers/host-options.js';

/** How the `driver` commands search: as a registry without a configuration does. */
export function ownOptions(): DriverHostOptions {
  return hostOptions({ driverDirectories: [], drivers: {}, profile: 'compatible' }, process.env);
}
