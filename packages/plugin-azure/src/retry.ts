import { setTimeout as pause } from 'node:timers/promises';
import { StorageError, throwIfAborted } from '@outrigger/driver';
import type { Fault } from './faults.js';
import { isTransient, readFault, toStoreError } from './faults.js';

export interface RetrySettings {
  /** Of one call, at least 1. */
  readonly tries: number;
  readonly retryDelayMs: number;
}

export interface CallContext {
  readonly key: string;
  readonly signal?: AbortSignal | undefined;
  /** Of one try. Default: a minute. */
  readonly timeoutMs?: number;
}

/** Runs one call of the service, again where that may help. */
export type Call = <T>(context: CallContext, run: (abortSignal: AbortSignal) => Promise<T>) => Promise<T>;

/** A client has left by then. */
const MAX_TOTAL_WAIT_MS = 30_000;
const DEFAULT_TIMEOUT_MS = 60_000;

/**
 * Tries again what failed for a moment, with full jitter and doubled waits, and no sooner than the service asks. What
 * the caller is to judge (absence, a condition that is not met) comes through as the SDK's own error.
 */
export function createCall({ tries, retryDelayMs }: RetrySettings, random: () => number = Math.random): Call {
  return async (context, run) => {
    const { key, signal } = context;
    let waited = 0;
    for (let attempt = 1; ; attempt++) {
      throwIfAborted(signal, key);
      const { error, value, isTimeout } = await attemptOnce(context, run);
      if (value !== undefined) return value.result;
      const fault = isTimeout ? TIMEOUT : readFault(error);
      const isOver =
        signal?.aborted === true || fault === undefined || !isTransient(fault) || attempt >= tries;
      const delay = isOver ? 0 : nextDelay(retryDelayMs, attempt, fault, random);
      if (isOver || waited + delay > MAX_TOTAL_WAIT_MS)
        throw isTimeout ? timedOut(context) : judge(error, context);
      waited += delay;
      await pause(delay, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
    }
  };
}

const TIMEOUT: Fault = { status: undefined, code: 'ETIMEDOUT', retryAfterMs: undefined };

interface Outcome<T> {
  readonly value?: { readonly result: T };
  readonly error?: unknown;
  readonly isTimeout: boolean;
}

async function attemptOnce<T>(
  { signal, timeoutMs = DEFAULT_TIMEOUT_MS }: CallContext,
  run: (abortSignal: AbortSignal) => Promise<T>,
): Promise<Outcome<T>> {
  const timeout = new AbortController();
  const timer = setTimeout(() => {
    timeout.abort();
  }, timeoutMs);
  try {
    const both = signal === undefined ? timeout.signal : AbortSignal.any([signal, timeout.signal]);
    return { value: { result: await run(both) }, isTimeout: false };
  } catch (error) {
    return { error, isTimeout: timeout.signal.aborted && signal?.aborted !== true };
  } finally {
    clearTimeout(timer);
  }
}

function nextDelay(
  baseMs: number,
  attempt: number,
  { retryAfterMs = 0 }: Fault,
  random: () => number,
): number {
  return Math.max(retryAfterMs, random() * baseMs * 2 ** attempt);
}

const FOR_CALLERS: ReadonlySet<number | undefined> = new Set([400, 404, 409, 412, 416, 501]);

function judge(error: unknown, { key, signal }: CallContext): unknown {
  const status = readFault(error)?.status;
  const isForCaller = FOR_CALLERS.has(status);
  return isForCaller && signal?.aborted !== true ? error : toStoreError(error, key, signal);
}

function timedOut({ timeoutMs = DEFAULT_TIMEOUT_MS }: CallContext): StorageError {
  return new StorageError('UNAVAILABLE', `the service gave no answer within ${String(timeoutMs / 1000)} s`);
}
