import { setTimeout as pause } from 'node:timers/promises';
import { RequestFailure } from './request-failure.js';

/** As Distribution. */
const MAX_TRIES = 5;
const FIRST_DELAY_MS = 500;
/** No new try begins after it. */
const MAX_TOTAL_MS = 30_000;

export interface RetryOptions {
  readonly signal?: AbortSignal | undefined;
  /** Replaced by tests. */
  readonly sleep?: (ms: number, signal: AbortSignal | undefined) => Promise<void>;
}

/**
 * Tries again after failures that may pass, with full jitter: after the n-th one a random time below 2^(n-2) seconds, and
 * what the store asked for in Retry-After. Only for what may be done twice.
 */
export async function withRetries<T>(
  task: (attempt: number) => Promise<T>,
  { signal, sleep = sleepFor }: RetryOptions = {},
): Promise<T> {
  let waited = 0;
  const begin = performance.now();
  for (let attempt = 1; ; attempt++) {
    try {
      return await task(attempt);
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
  return Math.random() * FIRST_DELAY_MS * 2 ** (attempt - 1);
}

async function sleepFor(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await pause(ms, undefined, { signal, ref: true });
}
