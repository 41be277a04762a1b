import type { Parameters } from '@outrigger/driver';
import { type DriverHostOptions, type SupervisedDriver, openDriver } from '@outrigger/host';
import type { DataPlane } from '@outrigger/ipc/host';

/** Where the executable is looked for, and what it may see; as for any host. */
export type HostOptions = Pick<DriverHostOptions, 'driverDirectories' | 'environment' | 'log'>;

export interface OpenExecutableOptions extends HostOptions {
  /** Name of a driver, or, since it has a slash, the path of its executable. */
  readonly executable: string;
  readonly parameters: Parameters;
  /** The plane to use. `file` is for reads only: writes then take the socket. */
  readonly plane: DataPlane;
}

/** The version under which the suite appears to drivers. */
const HOST_VERSION = '0.1.0';

const PLANES: Readonly<Record<DataPlane, readonly DataPlane[]>> = {
  inline: ['inline'],
  socket: ['socket', 'inline'],
  file: ['file', 'socket', 'inline'],
};

/** Starts a driver's process and shakes hands, as a registry does. */
export function openExecutable({
  executable,
  plane,
  ...options
}: OpenExecutableOptions): Promise<SupervisedDriver> {
  return openDriver({ ...options, hostVersion: HOST_VERSION, driver: executable, dataPlanes: PLANES[plane] });
}
