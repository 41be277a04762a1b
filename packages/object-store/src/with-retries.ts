import { setTimeout as pause } from 'node:timers/promises';

/** A failure that says whether the same may succeed a moment later. */
export interface RequestFault {
  readonly isTransient: boolean;
  /** What the store asked for. */
  readonly retryAfterMs: number | undefined;
}

export interface RetryOptions {
  readonly signal?: AbortSignal | undefined;
  /** Replaced by tests. */
  readonly sleep?: ((ms: number, signal: AbortSignal | undefined) => Promise<unknown>) | undefined;
}

export interface RetryRules extends RetryOptions {
  /** Undefined: not of a request, so thrown as it is. */
  readonly faultOf: (error: unknown) => RequestFault | undefined;
  /** The longest wait behind a try (the first is 1), in ms. The wait is a random part of it. */
  readonly boundMs: (attempt: number) => number;
}

const MAX_TRIES = 5;
/** No new try begins after it. */
const MAX_TOTAL_MS = 30_000;

/**
 * Tries again after failures that may pass, with full jitter below a bound, and no sooner than the store asks for. Only for what may be
 * done twice.
 *
 * @param task - gets the number of the try, from 1
 */
export async function withRetries<T>(
  task: (attempt: number) => Promise<T>,
  { faultOf, boundMs, signal, sleep = sleepFor }: RetryRules,
): Promise<T> {
  const begin = performance.now();
  let waited = 0;
  for (let attempt = 1; ; attempt++) {
    try {
      return await task(attempt);
    } catch (error) {
      signal?.throwIfAborted();
      const fault = faultOf(error);
      if (fault?.isTransient !== true || attempt === MAX_TRIES) throw error;
      const delay = Math.max(Math.random() * boundMs(attempt), fault.retryAfterMs ?? 0);
      if (Math.max(performance.now() - begin, waited) + delay > MAX_TOTAL_MS) throw error;
      await sleep(delay, signal);
      waited += delay;
    }
  }
}

/** A `Retry-After` in milliseconds: seconds, or a date (RFC 9110, 10.2.3). */
export function parseRetryAfter(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d{1,6}$/.test(value)) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}

function sleepFor(ms: number, signal: AbortSignal | undefined): Promise<unknown> {
  return pause(ms, undefined, { signal });
}
