import type { RetryErrorInfo } from '@smithy/types';
import { expect, onTestFinished, test, vi } from 'vitest';
import { FullJitterRetry } from '../src/retry.js';

const fault = (name: string, status?: number) =>
  Object.assign(new Error('a test wants it'), { name, $metadata: { httpStatusCode: status } });

/** The pauses of a call that fails for ever, at their longest. */
async function pauses(error: Error, retryAfterHint?: Date): Promise<number[]> {
  const retry = new FullJitterRetry(() => 1);
  const found: number[] = [];
  let token = await retry.acquireInitialRetryToken();
  for (;;) {
    const info: RetryErrorInfo = {
      error: Object.assign(error, { cause: undefined }),
      errorType: 'CLIENT_ERROR',
      ...(retryAfterHint && { retryAfterHint }),
    };
    const next = await retry.refreshRetryTokenForRetry(token, info).catch(() => undefined);
    if (next === undefined) return found;
    token = next;
    found.push(token.getRetryDelay());
  }
}

test('five tries, with pauses that grow', async () => {
  expect(await pauses(fault('InternalError', 500))).toEqual([200, 400, 800, 1600]);
});

test('a busy store is left alone for longer', async () => {
  expect(await pauses(fault('SlowDown', 503))).toEqual([1000, 2000, 4000, 8000]);
});

test('what a store asks for is given to it, up to half a minute in all', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  onTestFinished(() => void vi.useRealTimers());
  expect(await pauses(fault('SlowDown', 503), new Date(Date.now() + 14_000))).toEqual([14_000, 14_000]);
});

test.each([
  fault('AccessDenied', 403),
  fault('NoSuchKey', 404),
  fault('NotImplemented', 501),
  new Error('unknown'),
])('%s is final', async (error) => {
  expect(await pauses(error)).toEqual([]);
});

test.each(['ECONNRESET', 'ECONNREFUSED', 'ENOTFOUND', 'EPIPE'])('%s is tried again', async (code) => {
  expect(await pauses(Object.assign(new Error('a test wants it'), { code }))).toHaveLength(4);
});
