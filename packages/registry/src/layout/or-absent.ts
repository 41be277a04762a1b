import { isStorageError } from '@outrigger/driver';

/** What a call of a driver answers; undefined when nothing is at the path. */
export async function orAbsent<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (isStorageError(error, 'PATH_NOT_FOUND')) return undefined;
    throw error;
  }
}
