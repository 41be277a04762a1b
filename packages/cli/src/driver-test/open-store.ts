import type { StorageDriver } from '@outrigger/driver';
import { isStorageError } from '@outrigger/driver';
import type { OpenDriverOptions, SupervisedDriver } from '@outrigger/host';
import { openDriver } from '@outrigger/host';
import type { Store } from '@outrigger/testsuite';

/** A driver under test in a process of its own. */
export interface OpenStore extends Store, AsyncDisposable {
  readonly driver: SupervisedDriver;
}

/** Starts the driver, and finds out whether a second process would see the same store. */
export async function openStore(options: OpenDriverOptions): Promise<OpenStore> {
  const driver = await openDriver(options);
  const reopen = () => openDriver(options);
  try {
    const isShared = await seesSameStore(driver, reopen);
    return {
      driver,
      ...(isShared ? { reopen } : {}),
      [Symbol.asyncDispose]: () => driver.close(),
    };
  } catch (error) {
    await driver.close();
    throw error;
  }
}

const PROBE_PATH = '/outrigger-probe';

/** The content of `inmemory` is its process's own. */
async function seesSameStore(driver: StorageDriver, reopen: () => Promise<StorageDriver>): Promise<boolean> {
  await driver.put(PROBE_PATH, new Uint8Array([1]));
  const other = await reopen();
  try {
    await other.get(PROBE_PATH);
    return true;
  } catch (error) {
    if (isStorageError(error, 'PATH_NOT_FOUND')) return false;
    throw error;
  } finally {
    await other.close();
    await driver.delete(PROBE_PATH);
  }
}
