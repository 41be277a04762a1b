import type { Regulator } from '@outrigger/driver';
import { StorageError, cancelled, toStorageError } from '@outrigger/driver';

/** Waits for a turn and answers the function that ends it. */
export async function takeTurn(regulator: Regulator, signal?: AbortSignal): Promise<() => void> {
  return new Promise((resolve, reject) => {
    regulator
      .run(
        () =>
          new Promise<void>((end) => {
            resolve(end);
          }),
        signal,
      )
      .catch(reject);
  });
}

/** A signal may abort with any reason, a time-out for instance: to the caller it is a cancellation. */
export function toWaitError(error: unknown, path: string, signal: AbortSignal | undefined): StorageError {
  if (signal?.aborted === true && !(error instanceof StorageError)) return cancelled(path, error);
  return toStorageError(error, path);
}
