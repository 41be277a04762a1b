import type { StorageDriver } from '@outrigger/driver';
import { isStorageError } from '@outrigger/driver';

/** Whether a driver finds something at a path. */
export async function isThere(driver: StorageDriver, path: string, signal: AbortSignal): Promise<boolean> {
  try {
    await driver.stat(path, { signal });
    return true;
  } catch (error) {
    if (isStorageError(error, 'PATH_NOT_FOUND')) return false;
    throw error;
  }
}
