import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { ContentReader } from '@outrigger/driver';
import { StorageError, readToEnd } from '@outrigger/driver';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { RemoteDriver } from '../../src/host/remote-driver.js';
import { LIMITS } from '../../src/protocol/limits.js';
import { connectPair } from '../support/pair.js';
import { connectScripted, preamble } from '../support/scripted-driver.js';
import type { Message, Scripted } from '../support/scripted-driver.js';
import { gate, readerOf, testFactory, untilAborted } from '../support/test-driver.js';

const MIB = 1024 * 1024;
const settled = () => new Promise(setImmediate);

interface OpenRead extends Scripted {
  readonly request: Message;
  readonly reader: ContentReader;
  readonly socket: Socket;
}

/** A read of an object of `size` bytes for which the driver has dialled and sent `content` so far. */
async function openRead(
  content: string | Uint8Array,
  size = content.length,
  options: object = {},
): Promise<OpenRead> {
  const scripted = await connectScripted({ dataPlanes: ['socket'] });
  const opening = scripted.remote.reader('/a', options);
  const request = await scripted.driver.next('read');
  const line = preamble(request.params?.token, { size, modTime: 5, version: 'v1' });
  const socket = await scripted.dial(line, content);
  return { ...scripted, request, socket, reader: await opening };
}

async function text(reader: ContentReader): Promise<string> {
  return Buffer.from(await readToEnd(reader, MIB)).toString();
}

const opened = (bytes: number) => ({ bytes, size: bytes, modTime: 5 });

describe('the end of a read', () => {
  it('asks with a token, and knows size, time and version from the first line', async () => {
    const { request, reader } = await openRead('content', 7, { offset: 0, ifMatch: 'v1' });
    expect(request.params).toMatchObject({ path: '/a', offset: 0, plane: 'socket', ifMatch: 'v1' });
    expect(reader).toMatchObject({ size: 7, modTime: new Date(5), version: 'v1' });
  });

  it('is the end of the stream, then the answer', async () => {
    const { reader, socket, driver, request } = await openRead('content');
    socket.end();
    const reading = text(reader);
    await settled();
    driver.answer(request, opened(7));
    expect(await reading).toBe('content');
  });

  it('is the answer, then the end of the stream', async () => {
    const { reader, socket, driver, request } = await openRead('con', 7);
    driver.answer(request, opened(7));
    await settled();
    const reading = text(reader);
    await settled();
    socket.end('tent');
    expect(await reading).toBe('content');
  });

  it('is an answer that overtook the connection', async () => {
    const scripted = await connectScripted({ dataPlanes: ['socket'] });
    const opening = scripted.remote.reader('/a');
    const request = await scripted.driver.next('read');
    scripted.driver.answer(request, opened(7));
    await settled();
    const socket = await scripted.dial(preamble(request.params?.token, { size: 7, modTime: 5 }), 'content');
    socket.end();
    expect(await text(await opening)).toBe('content');
  });

  it('is told again to who reads on', async () => {
    const { reader, socket, driver, request } = await openRead('x');
    socket.end();
    driver.answer(request, opened(1));
    const into = Buffer.alloc(10);
    expect(await reader.read(into)).toBe(1);
    expect(await reader.read(into)).toBe(0);
    expect(await reader.read(into)).toBe(0);
    await reader.close();
    await expect(reader.read(into)).rejects.toMatchObject({ code: 'ALREADY_CLOSED' });
  });

  it.each([
    ['the answer says fewer bytes', 'content', 7, 6],
    ['the answer says more bytes', 'content', 7, 8],
    ['both say fewer bytes than the object has', 'con', 7, 3],
    ['both say more bytes than the object has', 'content!', 7, 8],
    ['nothing was sent of something', '', 7, 7],
  ])('F12: is UNAVAILABLE when %s', async (_what, content, size, bytes) => {
    const { reader, socket, driver, request } = await openRead(content, size);
    socket.end();
    driver.answer(request, opened(bytes));
    await expect(readToEnd(reader, MIB)).rejects.toMatchObject({ code: 'UNAVAILABLE', path: '/a' });
  });

  it('F11: is UNAVAILABLE when more comes than was asked for, and the caller gets none of the rest', async () => {
    const { reader, socket, driver, request } = await openRead('content', 100, { offset: 10, length: 4 });
    socket.end();
    driver.answer(request, opened(7));
    await expect(readToEnd(reader, MIB)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  it('is the error that the driver answers, after some bytes', async () => {
    const { reader, socket, driver, request } = await openRead('con', 7);
    const into = Buffer.alloc(10);
    expect(await reader.read(into)).toBe(3);
    socket.end();
    driver.refuse(
      request,
      1007,
      { code: 'UNAVAILABLE', path: '/a', driver: 's3', retryable: true },
      'the backend is away',
    );
    await expect(reader.read(into)).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      detail: 'the backend is away',
      driver: 's3',
    });
  });

  it('F12: is an error when the answer is of another plane, and ends the connection', async () => {
    const { reader, remote, socket, driver, request } = await openRead('content');
    socket.end();
    driver.answer(request, { data: '', size: 7, modTime: 5 });
    await expect(readToEnd(reader, MIB)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect((await remote.broken).message).toMatch(/expected that of the plane socket, which was asked for/);
  });

  it('is an error when the connection to the driver breaks', async () => {
    const { reader, driver } = await openRead('con', 7);
    const into = Buffer.alloc(10);
    await reader.read(into);
    const reading = reader.read(into);
    driver.end();
    await expect(reading).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await expect(reader.read(into)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });
});

describe('a driver that is given up', () => {
  const killed = new StorageError('UNAVAILABLE', 'killed by SIGKILL');

  it.each([
    ['before the answer', false],
    ['after the answer', true],
  ])('ends a waiting read, %s', async (_what, isAnswered) => {
    const { reader, remote, driver, request } = await openRead('con', 7);
    const into = Buffer.alloc(10);
    expect(await reader.read(into)).toBe(3);
    if (isAnswered) driver.answer(request, opened(7));
    await settled();
    const reading = reader.read(into);
    remote.fail(killed);
    await expect(reading).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  it('never shows the bytes of another connection to a reader', async () => {
    const first = await openRead('A'.repeat(1000), 2000);
    const into = Buffer.alloc(100);
    expect(await first.reader.read(into)).toBe(100);
    first.driver.answer(first.request, opened(2000));
    await settled();
    first.remote.fail(killed);
    await settled();
    // The next connection may get the receive buffer of the first.
    const second = await openRead('B'.repeat(1000), 1000);
    await second.reader.read(into);
    const outcome = await first.reader.read(into).then(
      (count) => into.toString('latin1', 0, count),
      (error: unknown) => error,
    );
    expect(outcome).toMatchObject({ code: 'UNAVAILABLE' });
  });
});

describe('a read that cannot open', () => {
  it.each([
    [
      'the driver says PATH_NOT_FOUND',
      (driver: Scripted['driver'], request: Message) =>
        driver.refuse(request, 1001, { code: 'PATH_NOT_FOUND', path: '/a' }),
      'PATH_NOT_FOUND',
    ],
    [
      'the driver answers on the file plane',
      (driver: Scripted['driver'], request: Message) =>
        driver.answer(request, { localPath: '/etc/passwd', dev: 1, ino: 1, size: 1, modTime: 0 }),
      'UNAVAILABLE',
    ],
    ['the channel breaks', (driver: Scripted['driver']) => driver.end(), 'UNAVAILABLE'],
  ])('is rejected: %s', async (_what, act, code) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => {
      vi.useRealTimers();
    });
    const { remote, driver } = await connectScripted({ dataPlanes: ['socket'] });
    const opening = remote.reader('/a');
    opening.catch(() => undefined);
    act(driver, await driver.next('read'));
    await settled();
    await vi.advanceTimersByTimeAsync(5_000);
    await expect(opening).rejects.toMatchObject({ code });
  });

  it('is rejected when the driver answers and does not connect within 5 s', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => {
      vi.useRealTimers();
    });
    const { remote, driver } = await connectScripted({ dataPlanes: ['socket'] });
    const opening = remote.reader('/a');
    opening.catch(() => undefined);
    driver.answer(await driver.next('read'), opened(7));
    await settled();
    await vi.advanceTimersByTimeAsync(5_000);
    await expect(opening).rejects.toMatchObject({ code: 'UNAVAILABLE', path: '/a' });
  });

  it.each([
    ['is aborted', (abort: AbortController) => abort.abort(), 'CANCELLED'],
    [
      'loses the driver',
      (_abort: AbortController, remote: RemoteDriver) =>
        remote.fail(new StorageError('UNAVAILABLE', 'killed')),
      'UNAVAILABLE',
    ],
  ])('does not wait for the connection of an answered read that %s', async (_what, act, code) => {
    const { remote, driver } = await connectScripted({ dataPlanes: ['socket'] });
    const abort = new AbortController();
    const opening = remote.reader('/a', { signal: abort.signal });
    opening.catch(() => undefined);
    driver.answer(await driver.next('read'), opened(7));
    await settled();
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => {
      vi.useRealTimers();
    });
    act(abort, remote);
    await expect(opening).rejects.toMatchObject({ code });
  });

  it('F12: is rejected when the first line has no size, and ends the connection', async () => {
    const { remote, driver, dial } = await connectScripted({ dataPlanes: ['socket'] });
    const opening = remote.reader('/a');
    opening.catch(() => undefined);
    const { params } = await driver.next('read');
    const socket = await dial(preamble(params?.token), 'content');
    await expect(opening).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect((await remote.broken).message).toMatch(/no size or no modTime: .*content\.md#plane-socket/);
    socket.resume();
    if (!socket.readableEnded) await once(socket, 'end');
  });
});

describe('a read that is given up', () => {
  it.each([
    ['closed', (reader: ContentReader) => reader.close()],
    ['aborted', async (_reader: ContentReader, abort: AbortController) => abort.abort()],
  ])('closes the data connection when it is %s', async (_what, giveUp) => {
    const abort = new AbortController();
    const { reader, socket } = await openRead('con', 7, { signal: abort.signal });
    const into = Buffer.alloc(10);
    await reader.read(into);
    const reading = reader.read(into).catch((error: unknown) => error);
    await giveUp(reader, abort);
    expect(await reading).toMatchObject({
      code: expect.stringMatching(/^(CANCELLED|ALREADY_CLOSED)$/) as unknown,
    });
    socket.resume();
    if (!socket.readableEnded) await once(socket, 'end');
    await reader.close();
  });

  it.each(['close', 'abort'])(
    'a reader’s %s ends the read in the driver, whose backend hangs',
    async (how) => {
      const stopped = gate();
      const { remote } = await connectPair({
        dataPlanes: ['socket'],
        factory: testFactory({
          reader: async (_path, options) =>
            readerOf(10 * MIB, {
              read: async () => {
                try {
                  return await untilAborted(options?.signal);
                } finally {
                  stopped.open();
                }
              },
            }),
        }),
      });
      const abort = new AbortController();
      const reader = await remote.reader('/a', { signal: abort.signal });
      if (how === 'close') await reader.close();
      else abort.abort();
      await stopped.promise;
      while (remote.inFlight > 0) await settled();
      await reader.close();
    },
  );

  it('ends the read in the driver while nobody takes its bytes', async () => {
    const closed = gate();
    const { remote } = await connectPair({
      dataPlanes: ['socket'],
      factory: testFactory({
        reader: async () => readerOf(1024 * MIB, { close: async () => closed.open() }),
      }),
    });
    const reader = await remote.reader('/a');
    await reader.read(Buffer.alloc(10));
    await reader.close();
    await closed.promise;
  });

  it('gives its stream back, once', async () => {
    const { remote } = await connectPair({
      dataPlanes: ['socket'],
      limits: { ...LIMITS, streams: 2 },
      factory: testFactory({ reader: async () => readerOf(10 * MIB) }),
    });
    for (let round = 0; round < 5; round++) {
      const [a, b] = [await remote.reader('/a'), await remote.reader('/b')];
      const waiting = remote.reader('/c');
      let isOpen = false;
      void waiting.then(() => {
        isOpen = true;
      });
      await settled();
      expect(isOpen).toBe(false);
      await a.close();
      await a.close();
      const c = await waiting;
      await Promise.all([b.close(), c.close()]);
    }
  });

  it('waits for a stream until it is aborted, whatever the reason', async () => {
    const { remote } = await connectPair({
      dataPlanes: ['socket'],
      limits: { ...LIMITS, streams: 1 },
      factory: testFactory({ reader: async () => readerOf(10 * MIB) }),
    });
    const reader = await remote.reader('/a');
    const abort = new AbortController();
    const waiting = remote.reader('/b', { signal: abort.signal });
    abort.abort(new DOMException('too late', 'TimeoutError'));
    await expect(waiting).rejects.toMatchObject({ name: 'StorageError', code: 'CANCELLED', path: '/b' });
    await reader.close();
    await (await remote.reader('/c')).close();
  });

  it('a stream that cannot open gives its place back', async () => {
    const { remote } = await connectPair({
      dataPlanes: ['socket'],
      limits: { ...LIMITS, streams: 1 },
    });
    for (let i = 0; i < 3; i++)
      await expect(remote.reader('/none')).rejects.toMatchObject({ code: 'PATH_NOT_FOUND' });
  });
});

describe('backpressure', () => {
  it('F16: the driver reads no more than a few MiB ahead of a slow consumer', async () => {
    let taken = 0;
    const size = 256 * MIB;
    const { remote } = await connectPair({
      dataPlanes: ['socket'],
      factory: testFactory({
        reader: async () => {
          const inner = readerOf(size);
          return {
            ...inner,
            read: async (into) => {
              const count = await inner.read(into);
              taken += count;
              return count;
            },
          };
        },
      }),
    });
    const reader = await remote.reader('/a');
    const into = Buffer.alloc(64 * 1024);
    let received = 0;
    for (let i = 0; i < 64; i++) {
      received += await reader.read(into);
      for (let turn = 0; turn < 10; turn++) await settled();
      expect(taken - received).toBeLessThanOrEqual(5 * MIB);
    }
    await reader.close();
  });

  it('F16: a consumer that pauses is not silence of the driver', async () => {
    const { reader, remote } = await openRead('x'.repeat(1000), 2000);
    expect(remote.stalled()).toBeUndefined();
    const into = Buffer.alloc(10);
    await reader.read(into);
    await settled();
    expect(remote.stalled()).toBeUndefined();
    await readUntil(reader, 990);
    const waiting = reader.read(into).catch(() => undefined);
    expect(remote.stalled()).toMatchObject({ method: 'read', path: '/a' });
    await reader.close();
    await waiting;
  });

  it('a driver that does not answer a closed read is silent', async () => {
    const { reader, remote, driver, request } = await openRead('x'.repeat(1000), 2000);
    await reader.close();
    expect(remote.stalled()).toMatchObject({ method: 'read', path: '/a' });
    driver.refuse(request, 1008, { code: 'CANCELLED' });
    await settled();
    expect(remote.stalled()).toBeUndefined();
  });
});

async function readUntil(reader: ContentReader, count: number): Promise<void> {
  for (let left = count; left > 0;) left -= await reader.read(Buffer.alloc(left));
}
