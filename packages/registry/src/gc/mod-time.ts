import type { StorageDriver } from '@outrigger/driver';
import { isStorageError } from '@outrigger/driver';

/** When something was changed last, by the store's clock; undefined when nothing is there. */
export async function findModTime(
  driver: StorageDriver,
  path: string,
  signal: AbortSignal | undefined,
): Promise<Date | undefined> {
  try {
    return (await driver.stat(path, { signal })).modTime;
  } catch (error) {
    if (isStorageError(error, 'PATH_NOT_FOUND')) return undefined;
    throw error;
  }
}
