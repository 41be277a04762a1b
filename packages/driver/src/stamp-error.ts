import type { StorageError } from './storage-error.js';
import { toStorageError } from './storage-error.js';

/** Any error as the driver's own: with its name and, where the driver gave none, the path of the call. */
export function stamp(error: unknown, driver: string, path: string): StorageError {
  const known = toStorageError(error, path);
  if (known.driver !== undefined && known.path !== undefined) return known;
  return known.with({ driver: known.driver ?? driver, path: known.path ?? path });
}
