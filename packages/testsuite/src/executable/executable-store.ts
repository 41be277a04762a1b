import type { StorageDriver } from '@outrigger/driver';
import { CaseSkipped } from '../case.js';
import type { Store } from '../prepare-contract.js';
import { type OpenExecutableOptions, openExecutable } from './open-executable.js';

export interface ExecutableStoreOptions extends OpenExecutableOptions {
  /** Nothing outlives the process: a second one sees another store. */
  readonly ephemeral?: boolean | undefined;
}

/** A store behind a driver's process, and behind a second one for the cases that want it. */
export interface ExecutableStore extends Store {
  readonly name: string;
  /** The executable that was found. */
  readonly file: string;
  close(): Promise<void>;
}

/**
 * Opens the store over one data plane.
 *
 * @throws CaseSkipped when the driver does not speak the plane
 */
export async function openExecutableStore({
  ephemeral,
  ...options
}: ExecutableStoreOptions): Promise<ExecutableStore> {
  const driver = await openExecutable(options);
  const { name, realPath, dataPlanes } = driver.status();
  if (!dataPlanes.includes(options.plane)) {
    await driver.close();
    throw new CaseSkipped(`${name} does not speak the data plane ${options.plane}`);
  }
  const reopen = ephemeral === true ? undefined : (): Promise<StorageDriver> => openExecutable(options);
  return { driver, reopen, name, file: realPath, close: () => driver.close() };
}
