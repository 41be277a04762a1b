import { isStorageError } from '@outrigger/driver';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createCall } from '../src/retry.js';
import { brokenConnection, refusal } from './rest-error.js';

const context = { key: 'a/b' };

const waits: number[] = [];
vi.mock('node:timers/promises', () => ({
  setTimeout: (ms: number) => {
    waits.push(ms);
    return Promise.resolve();
  },
}));

beforeEach(() => {
  waits.length = 0;
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Fails so often, each time as told, and then answers. */
function failing(...errors: readonly unknown[]) {
  const left = [...errors];
  return vi.fn(() => (left.length === 0 ? Promise.resolve('done') : Promise.reject(left.shift() as Error)));
}

it.each([
  ['busy', refusal(503, 'ServerBusy')],
  ['throttled', refusal(429, 'TooManyRequests')],
  ['out of order', refusal(500, 'InternalError')],
  ['a broken connection', brokenConnection('ECONNRESET')],
])('%s: is tried again', async (_what, error) => {
  const run = failing(error, error);
  await expect(createCall({ tries: 3, retryDelayMs: 0 })(context, run)).resolves.toBe('done');
  expect(run).toHaveBeenCalledTimes(3);
});

it('gives up after its tries, with words for a log and nothing of the answer', async () => {
  const run = failing(refusal(503, 'ServerBusy'), refusal(503, 'ServerBusy'));
  const failure = await caught(createCall({ tries: 2, retryDelayMs: 0 })(context, run));
  expect(failure).toMatchObject({ code: 'UNAVAILABLE', retryable: true });
  expect(failure.message).toBe('the service is busy or out of order (503 ServerBusy)');
  expect(JSON.stringify([failure.message, String(failure.cause)])).not.toContain('SIGNATURE');
});

it.each([
  ['refused credentials', refusal(403, 'AuthenticationFailed'), 'accountkey'],
  ['a missing role', refusal(403, 'AuthorizationPermissionMismatch'), 'Storage Blob Data Contributor'],
  ['an unknown host', brokenConnection('ENOTFOUND'), 'check accountname'],
])('%s: is not tried again', async (_what, error, words) => {
  const run = failing(error);
  const failure = await caught(createCall({ tries: 5, retryDelayMs: 0 })(context, run));
  expect(isStorageError(failure, 'UNAVAILABLE')).toBe(true);
  expect(failure.message).toContain(words);
  expect(run).toHaveBeenCalledTimes(1);
});

it.each([404, 409, 412, 416])('a status %i is for the caller', async (status) => {
  const error = refusal(status, 'Any');
  expect(await caught(createCall({ tries: 5, retryDelayMs: 0 })(context, failing(error)))).toBe(error);
});

it('waits as long as the service asks, and at most half a minute in all', async () => {
  const patient = failing(refusal(503, 'ServerBusy', { 'retry-after': '7' }));
  await createCall({ tries: 2, retryDelayMs: 1 })(context, patient);
  expect(waits).toEqual([7000]);
  const endless = failing(refusal(503, 'ServerBusy', { 'retry-after': '31' }));
  await caught(createCall({ tries: 2, retryDelayMs: 1 })(context, endless));
  expect(endless).toHaveBeenCalledTimes(1);
});

it('waits twice as long each time at the most, and anything below that', async () => {
  const busy = refusal(503, 'ServerBusy');
  await createCall({ tries: 4, retryDelayMs: 100 }, () => 0.5)(context, failing(busy, busy, busy));
  expect(waits).toEqual([100, 200, 400]);
});

it('a try has its time, and the next one may go better', async () => {
  const run = vi
    .fn<(signal: AbortSignal) => Promise<string>>()
    .mockImplementationOnce((signal) => untilAborted(signal))
    .mockResolvedValueOnce('done');
  const done = createCall({ tries: 2, retryDelayMs: 0 })({ ...context, timeoutMs: 1000 }, run);
  await vi.advanceTimersByTimeAsync(1000);
  await vi.runAllTimersAsync();
  await expect(done).resolves.toBe('done');
});

it('an abort ends the call at once', async () => {
  const controller = new AbortController();
  const failure = caught(
    createCall({ tries: 5, retryDelayMs: 0 })({ ...context, signal: controller.signal }, untilAborted),
  );
  controller.abort();
  expect(await failure).toMatchObject({ code: 'CANCELLED' });
});

function untilAborted(signal: AbortSignal): Promise<string> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => {
      reject(signal.reason as Error);
    });
  });
}

async function caught(promise: Promise<unknown>): Promise<Error> {
  return promise.then(
    () => new Error('it did not fail'),
    (error: unknown) => error as Error,
  );
}
