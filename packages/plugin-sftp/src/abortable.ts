import { cancelled, throwIfAborted } from '@outrigger/driver';

/**
 * The outcome of some work, or CANCELLED as soon as the signal is aborted: SFTP cannot take a request back, so the work goes on.
 *
 * @param giveBack - for what comes when nobody waits for it any more
 */
export async function abortable<T>(
  work: Promise<T>,
  path: string,
  signal: AbortSignal | undefined,
  giveBack?: (late: T) => Promise<void>,
): Promise<T> {
  if (signal === undefined) return work;
  const aborted = Promise.withResolvers<never>();
  const abort = () => {
    aborted.reject(cancelled(path, signal.reason));
    work.then(giveBack).catch(() => undefined);
  };
  if (signal.aborted) abort();
  else signal.addEventListener('abort', abort, { once: true });
  try {
    const result = await Promise.race([work, aborted.promise]);
    if (signal.aborted) throwIfAborted(signal, path);
    return result;
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
