import { cancelled } from '@outrigger/driver';

/**
 * What a promise comes to, or a rejection as soon as the signal is aborted: whatever a store does with its signals, its caller
 * waits no longer.
 *
 * @throws StorageError CANCELLED
 */
export function untilAborted<T>(
  promise: Promise<T>,
  signal: AbortSignal | undefined,
  path: string,
): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const abort = () => {
      reject(cancelled(path, signal.reason));
    };
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
    const settle = () => {
      signal.removeEventListener('abort', abort);
    };
    promise.finally(settle).then(resolve, reject);
  });
}
