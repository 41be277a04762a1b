import { expect, test } from 'vitest';
import { headObject } from '../src/head.js';
import { fakeStore, resource, sendError, sendJson } from './fake-store.js';

test.each([408, 429, 500, 502, 503, 504])(
  'status %i: tried again, with a random wait below a bound that doubles',
  async (status) => {
    const { api, seen, waits } = await fakeStore((_, response, turn) => {
      if (turn < 5) sendError(response, status, 'later');
      else sendJson(response, 200, resource('a'));
    });
    expect(await headObject(api, 'a')).toMatchObject({ key: 'a' });
    expect(seen).toHaveLength(5);
    for (const [turn, ms] of waits.entries()) expect(ms).toBeLessThanOrEqual(500 * 2 ** turn);
  },
);

test('a rate limit with status 403 is tried again', async () => {
  const { api, seen } = await fakeStore((_, response, turn) => {
    if (turn === 1) sendError(response, 403, 'slow down', 'rateLimitExceeded');
    else sendJson(response, 200, resource('a'));
  });
  await headObject(api, 'a');
  expect(seen).toHaveLength(2);
});

test('five tries are all, and the error says what the store said', async () => {
  const { api, seen } = await fakeStore((_, response) => {
    sendError(response, 429, 'The object images/a exceeded the rate limit', 'rateLimitExceeded');
  });
  await expect(headObject(api, 'a')).rejects.toMatchObject({
    code: 'UNAVAILABLE',
    retryable: true,
    message: 'too many requests (status 429: The object images/a exceeded the rate limit): a',
  });
  expect(seen).toHaveLength(5);
});

test('Retry-After is waited for, unless it is too long', async () => {
  const { api, seen, waits } = await fakeStore((_, response, turn) => {
    response.setHeader('retry-after', turn === 1 ? '9' : '600');
    sendError(response, 503, 'busy');
  });
  await expect(headObject(api, 'a')).rejects.toMatchObject({ code: 'UNAVAILABLE', retryable: true });
  expect(waits).toHaveLength(1);
  expect(waits[0]).toBeGreaterThanOrEqual(9000);
  expect(seen).toHaveLength(2);
});

test.each([
  [401, 'Invalid Credentials', 'the credentials are refused'],
  [
    403,
    'x@y does not have storage.objects.get access to it.',
    'the permission storage.objects.get is missing',
  ],
  [403, 'no', 'access is denied'],
  [400, 'bad', 'the store has refused the request'],
])('status %i %s: told at once', async (status, message, words) => {
  const { api, seen } = await fakeStore((_, response) => {
    sendError(response, status, message);
  });
  await expect(headObject(api, 'a')).rejects.toMatchObject({
    code: 'UNAVAILABLE',
    retryable: false,
    message: expect.stringContaining(words) as string,
  });
  expect(seen).toHaveLength(1);
});

test('a connection that breaks is tried again; no token is in the error', async () => {
  const { api, seen } = await fakeStore((_, response) => {
    response.destroy();
  });
  const error: unknown = await headObject(api, 'a').catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'UNAVAILABLE', message: 'the store does not answer (ECONNRESET): a' });
  expect(seen).toHaveLength(5);
  const { inspect } = await import('node:util');
  expect(inspect(error, { depth: 10 })).not.toContain('t0ken');
});

test('an answer that breaks in the middle is asked for again', async () => {
  const { api, seen } = await fakeStore((_, response, turn) => {
    if (turn > 1) {
      sendJson(response, 200, resource('a'));
      return;
    }
    response.writeHead(200, { 'content-length': '500' });
    response.write('{"name"', () => response.destroy());
  });
  expect(await headObject(api, 'a')).toMatchObject({ key: 'a' });
  expect(seen).toHaveLength(2);
});

test('a signal ends the waiting', async () => {
  const controller = new AbortController();
  const { api } = await fakeStore(() => {
    controller.abort();
  });
  await expect(headObject(api, 'a', controller.signal)).rejects.toMatchObject({ code: 'CANCELLED' });
  await expect(headObject(api, 'a', controller.signal)).rejects.toMatchObject({ code: 'CANCELLED' });
});
