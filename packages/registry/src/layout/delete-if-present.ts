import type { StorageDriver } from '@outrigger/driver';
import { isStorageError } from '@outrigger/driver';

/** Deletes what may be gone already; answers whether it was there. */
export async function deleteIfPresent(driver: StorageDriver, path: string): Promise<boolean> {
  try {
    await driver.delete(path);
    return true;
  } catch (error) {
    if (isStorageError(error, 'PATH_NOT_FOUND')) return false;
    throw error;
  }
}
