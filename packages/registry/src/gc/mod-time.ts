import type { StorageDriver } from '@outrigger/driver';
import { orAbsent } from '../layout/or-absent.js';

/** When something was changed last, by the store's clock; undefined when nothing is there. */
export async function findModTime(
  driver: StorageDriver,
  path: string,
  signal: AbortSignal | undefined,
): Promise<Date | undefined> {
  return (await orAbsent(driver.stat(path, { signal })))?.modTime;
}
