import { setTimeout as pause } from 'node:timers/promises';
import { RequestFailure } from './failure.js';

const MAX_TRIES = 5;
const FIRST_DELAY_MS = 200;
const MAX_DELAY_MS = 8_000;
/** No new try begins after it. */
const MAX_TOTAL_MS = 30_000;

export interface RetryOptions {
  readonly signal?: AbortSignal | undefined;
  /** Replaced by tests. */
  readonly sleep?: ((ms: number, signal: AbortSignal | undefined) => Promise<unknown>) | undefined;
}

/**
 * Tries again after failures that may pass, with full jitter below a bound that doubles, and not before the time that the
 * server asks for. Only for what may be done twice, as everything of Swift may.
 */
export async function withRetries<T>(
  task: () => Promise<T>,
  { signal, sleep = sleepFor }: RetryOptions = {},
): Promise<T> {
  const begin = performance.now();
  let waited = 0;
  for (let attempt = 1; ; attempt++) {
    try {
      return await task();
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof RequestFailure) || !error.isTransient || attempt === MAX_TRIES) throw error;
      const delay = Math.max(jitter(attempt), error.retryAfterMs ?? 0);
      if (Math.max(performance.now() - begin, waited) + delay > MAX_TOTAL_MS) throw error;
      await sleep(delay, signal);
      waited += delay;
    }
  }
}

function jitter(attempt: number): number {
  return Math.random() * Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** (attempt - 1));
}

function sleepFor(ms: number, signal: AbortSignal | undefined): Promise<unknown> {
  return pause(ms, undefined, { signal });
}
