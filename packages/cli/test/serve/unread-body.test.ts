import { once } from 'node:events';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { StorageError } from '@outrigger/driver';
import { openRaw, statusOf } from './raw-client.js';
import { content, memoryDriver, overrideDriver, runServer } from './running-server.js';

const SIZE = 24 * 1024 * 1024;
/** The registry's own. */
const PATIENCE_MS = 30_000;
const body = Buffer.alloc(SIZE);

/** Sends a whole request, and reads only then. */
async function answerAfter(port: number, target: string, headers = ''): Promise<string> {
  const client = openRaw(port);
  await client.send(
    `POST ${target} HTTP/1.1\r\nHost: x\r\nContent-Length: ${String(SIZE)}\r\n${headers}\r\n`,
  );
  await client.send(body);
  return client.readAll();
}

describe('an answer before the end of the body reaches a client that reads it later', () => {
  it.each([
    ['404', '/v2/nothing/here', 404],
    ['405', '/v2/a/tags/list', 405],
    ['400', '/v2/a/blobs/uploads/?digest=sha256:0', 400],
  ])('%s', async (_, target, status) => {
    const { port } = await runServer();
    const answer = await answerAfter(port, target, 'Connection: close\r\n');
    expect(statusOf(answer)).toBe(status);
    expect(answer).toMatch(/\r\n\r\n\{"errors":\[.*\}$/s);
  });

  it('507, in the middle of a push', async () => {
    const driver = await memoryDriver();
    const full = overrideDriver(driver, {
      writer: () => Promise.reject(new StorageError('QUOTA_EXCEEDED', 'full')),
    });
    const { port } = await runServer({ driver: full });
    const { digest } = content(1);
    const answer = await answerAfter(port, `/v2/a/blobs/uploads/?digest=${digest}`, 'Connection: close\r\n');
    expect(statusOf(answer)).toBe(507);
  });
});

it('a body without an end is cut off', async () => {
  const { port } = await runServer();
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const client = openRaw(port);
  const ended = client.readAll();
  const answered = once(client.socket, 'data');
  await client.send('POST /v2/nothing HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n');
  await answered;
  const chunk = Buffer.alloc(8 * 1024 * 1024);
  await client.send(chunk);
  const cutOff = expect(
    (async () => {
      for (;;) await client.send(chunk);
    })(),
  ).rejects.toThrow();
  await expect
    .poll(() => {
      vi.advanceTimersByTime(PATIENCE_MS);
      return client.socket.destroyed;
    })
    .toBe(true);
  await cutOff;
  expect(statusOf(await ended)).toBe(404);
});
