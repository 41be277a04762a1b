import type { StorageDriver } from '@outrigger/driver';
import type { SupervisedDriver } from '@outrigger/host';

/** The same driver, if it runs in a process of its own. */
export function supervisedDriver(driver: StorageDriver): SupervisedDriver | undefined {
  return 'status' in driver && 'reload' in driver ? (driver as SupervisedDriver) : undefined;
}
