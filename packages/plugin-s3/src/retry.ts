import type { RetryErrorInfo, RetryStrategyV2, RetryToken } from '@smithy/types';
import { setTimeout as sleep } from 'node:timers/promises';
import { isBusy, isTransient } from './fault.js';

export const MAX_TRIES = 5;
/** All pauses of one call together, in ms. */
const MAX_WAIT_MS = 30_000;
const BASE_MS = 100;
/** A store that asks for less load gets it. */
const BUSY_BASE_MS = 500;
const MAX_PAUSE_MS = 10_000;

interface Token extends RetryToken {
  readonly waited: number;
}

/** Up to five tries, with a pause of full jitter between them, or what the store asks for (Retry-After). */
export class FullJitterRetry implements RetryStrategyV2 {
  readonly #random: () => number;

  constructor(random: () => number = Math.random) {
    this.#random = random;
  }

  acquireInitialRetryToken(): Promise<Token> {
    return Promise.resolve(token(0, 0, 0));
  }

  /** Rejects when the call shall fail with what it got. */
  refreshRetryTokenForRetry(last: RetryToken, info: RetryErrorInfo): Promise<Token> {
    const tries = last.getRetryCount() + 1;
    const waited = 'waited' in last ? Number(last.waited) : 0;
    const pause = this.#pause(tries, info);
    if (tries >= MAX_TRIES || waited + pause > MAX_WAIT_MS || !isRetryable(info))
      return Promise.reject(new Error('no further try'));
    return Promise.resolve(token(tries, pause, waited + pause));
  }

  recordSuccess(): void {
    // Nothing is kept between calls.
  }

  #pause(tries: number, { error, retryAfterHint }: RetryErrorInfo): number {
    const base = isBusy(error) ? BUSY_BASE_MS : BASE_MS;
    const jittered = this.#random() * Math.min(MAX_PAUSE_MS, base * 2 ** tries);
    const asked = retryAfterHint === undefined ? 0 : retryAfterHint.getTime() - Date.now();
    return Math.max(jittered, asked);
  }
}

/** The pause behind a try, for what the SDK does not repeat by itself. Ends early when the signal is aborted. */
export async function pause(tries: number, signal: AbortSignal | undefined): Promise<void> {
  const ms = Math.random() * BASE_MS * 2 ** tries;
  await sleep(ms, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
}

/** The SDK corrects its clock by the store's, and then marks the error as one to try again. */
function isRetryable({ error, errorType }: RetryErrorInfo): boolean {
  return errorType === 'THROTTLING' || errorType === 'TRANSIENT' || isTransient(error) || isBusy(error);
}

function token(tries: number, delay: number, waited: number): Token {
  return { getRetryCount: () => tries, getRetryDelay: () => delay, waited };
}
