import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { StorageError, StorageErrors, STORAGE_ERROR_CODES, invalidOffset } from '@outrigger/driver';
import type { StorageErrorDetails } from '@outrigger/driver';
import { filesystem } from '@outrigger/plugin-fs';
import { STORAGE_ERROR_NUMBERS } from '../../src/protocol/error-codes.js';
import type { RpcMessage } from '../../src/framing/message.js';
import { connectPair } from '../support/pair.js';
import { countingWriter, gate, readerOf, testFactory, untilAborted } from '../support/test-driver.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const settled = () => new Promise(setImmediate);

describe('errors across the wire', () => {
  const failing = (error: Error) =>
    connectPair({ factory: testFactory({ stat: () => Promise.reject(error) }) });

  it.each(STORAGE_ERROR_CODES)('%s keeps its code and number', async (code) => {
    const received: RpcMessage[] = [];
    const { remote } = await connectPair({
      factory: testFactory({ stat: () => Promise.reject(new StorageError(code, 'what went wrong')) }),
      trace: (direction, message) => {
        if (direction === 'received') received.push(message);
      },
    });
    await expect(remote.stat('/a')).rejects.toMatchObject({
      name: 'StorageError',
      code,
      detail: 'what went wrong',
    });
    expect(received.at(-1)?.error?.code).toBe(STORAGE_ERROR_NUMBERS[code]);
  });

  it.each<StorageErrorDetails>([
    { path: '/other' },
    { retryable: false },
    { retryable: true, offset: 5, size: 0, path: '/größe' },
  ])('keeps %j', async (details) => {
    const { remote } = await failing(new StorageError('UNAVAILABLE', 'detail', details));
    await expect(remote.stat('/a')).rejects.toMatchObject({ ...details, driver: 'test' });
  });

  it('names the driver once in its message', async () => {
    const { remote } = await failing(new StorageError('UNAVAILABLE', 'the bucket is away'));
    await expect(remote.stat('/a')).rejects.toThrow(/^test: the bucket is away$/);
  });

  it('keeps the cause to itself', async () => {
    const { remote } = await failing(
      new StorageError('INTERNAL', 'refused', { cause: new Error('secret=s3cr3t') }),
    );
    const error = await remote.stat('/a').catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'INTERNAL' });
    expect((error as Error).cause).toBeUndefined();
  });

  it('takes the first of several, and anything else as INTERNAL', async () => {
    const several = await failing(
      new StorageErrors(invalidOffset('/a', 5, 3), new StorageError('INTERNAL', 'and that')),
    );
    await expect(several.remote.stat('/a')).rejects.toMatchObject({
      code: 'INVALID_OFFSET',
      detail: /; and that$/,
    });
    const odd: unknown[] = [new TypeError('undefined is not a function'), 'text', undefined];
    for (const thrown of odd as Error[]) {
      const { remote } = await failing(thrown);
      await expect(remote.stat('/a')).rejects.toMatchObject({ code: 'INTERNAL', driver: 'test' });
    }
  });

  it('refuses bad paths as the driver would', async () => {
    const { remote } = await connectPair();
    for (const path of ['', 'a', '/../a', '/a//b', '/a/', '/a b', '/\0'])
      await expect(remote.stat(path)).rejects.toMatchObject({ code: 'INVALID_PATH' });
  });
});

describe('a cancelled request', () => {
  it('aborts the signal of the driver and is answered once', async () => {
    const started = gate();
    const aborted = gate();
    const answers: unknown[] = [];
    const { remote } = await connectPair({
      factory: testFactory({
        list: async (_path, options) => {
          started.open();
          return untilAborted(options?.signal).finally(() => {
            aborted.open();
          });
        },
      }),
      trace: (direction, message) => {
        if (direction === 'received' && message.method === undefined) answers.push(message.error);
      },
    });
    answers.length = 0;
    const abort = new AbortController();
    const listing = remote.list('/', { signal: abort.signal });
    await started.promise;
    abort.abort();
    await expect(listing).rejects.toMatchObject({ code: 'CANCELLED', path: '/' });
    await aborted.promise;
    while (remote.inFlight > 0) await settled();
    expect(answers).toMatchObject([{ code: STORAGE_ERROR_NUMBERS.CANCELLED }]);
    expect(remote.isBroken).toBe(false);
  });

  it('is answered once when the driver finishes all the same', async () => {
    const { remote } = await connectPair();
    for (let i = 0; i < 50; i++) {
      const abort = new AbortController();
      const call = remote.stat('/', { signal: abort.signal }).catch((error: unknown) => error);
      if (i % 2 === 0) await settled();
      abort.abort();
      await call;
    }
    await expect(remote.ping()).resolves.toBeUndefined();
    expect(remote.inFlight).toBe(0);
    expect(remote.isBroken).toBe(false);
  });

  it.each(['put', 'move', 'delete', 'commit'] as const)('%s goes on in the driver', async (operation) => {
    const proceed = gate();
    const done = gate();
    const seen: (AbortSignal | undefined)[] = [];
    const work = async (...args: unknown[]) => {
      seen.push((args.at(-1) as { signal?: AbortSignal } | undefined)?.signal);
      await proceed.promise;
      done.open();
    };
    const { remote } = await connectPair({
      factory: testFactory({
        put: work,
        move: work,
        delete: work,
        writer: async () => countingWriter({ commit: work }),
      }),
    });
    const abort = new AbortController();
    const { signal } = abort;
    const writer = await remote.writer('/w', { signal });
    const calls = {
      put: () => remote.put('/a', Buffer.from('x'), { signal }),
      move: () => remote.move('/a', '/b', { signal }),
      delete: () => remote.delete('/a', { signal }),
      commit: () => writer.commit(),
    };
    const call = calls[operation]().catch((error: unknown) => error);
    while (seen.length === 0) await settled();
    abort.abort();
    proceed.open();
    await done.promise;
    await call;
    expect(seen[0]?.aborted ?? false).toBe(false);
  });

  it('leaves no open writer behind when the writer opens too late', async () => {
    const started = gate();
    const opening = gate();
    const closed = gate();
    const { remote } = await connectPair({
      factory: testFactory({
        writer: async () => {
          started.open();
          await opening.promise;
          return countingWriter({ close: async () => closed.open() });
        },
      }),
    });
    const abort = new AbortController();
    const call = remote.writer('/a', { signal: abort.signal });
    await started.promise;
    abort.abort();
    await expect(call).rejects.toMatchObject({ code: 'CANCELLED' });
    opening.open();
    await closed.promise;
  });
});

describe('shutdown', () => {
  it('lets writes of every kind finish, answers them, and stops reads', async () => {
    const proceed = gate();
    const order: string[] = [];
    const step = (name: string) => async () => {
      await proceed.promise;
      order.push(name);
    };
    const { remote } = await connectPair({
      dataPlanes: ['socket'],
      factory: testFactory({
        put: step('put'),
        move: step('move'),
        writer: async () => countingWriter({ commit: step('commit') }),
        reader: async () => readerOf(1024 * 1024 * 1024),
        list: async (_path, options) => untilAborted(options?.signal),
        close: async () => {
          order.push('close');
        },
      }),
    });
    const reader = await remote.reader('/big');
    const writer = await remote.writer('/w');
    const calls = [remote.put('/a', Buffer.from('x')), remote.move('/a', '/b'), writer.commit()];
    const listing = remote.list('/').catch((error: unknown) => error);
    await settled();
    const closing = remote.shutdown();
    expect(await listing).toMatchObject({ code: 'CANCELLED' });
    expect(order).toStrictEqual([]);
    proceed.open();
    await Promise.all(calls);
    await closing;
    expect(order.at(-1)).toBe('close');
    expect(order).toHaveLength(4);
    await reader.close();
  });

  it('keeps what an open writer has, so that an append goes on from there', async () => {
    const root = await temporaryDirectory();
    const first = await connectPair({
      factory: filesystem,
      parameters: { rootdirectory: root },
      dataPlanes: ['inline'],
    });
    const writer = await first.remote.writer('/a');
    await writer.write(Buffer.alloc(100_000));
    await first.remote.shutdown();
    const second = await connectPair({ factory: filesystem, parameters: { rootdirectory: root } });
    const append = await second.remote.writer('/a', { mode: 'append' });
    expect(append.size).toBe(100_000);
    await append.cancel();
  });

  it('does not wait for the host to end a write that is under way', async () => {
    const ended = gate();
    const { remote } = await connectPair({
      dataPlanes: ['socket'],
      factory: testFactory({ writer: async () => countingWriter({ close: async () => ended.open() }) }),
    });
    const writer = await remote.writer('/a');
    await writer.write(Buffer.alloc(100_000));
    const closing = remote.shutdown();
    await ended.promise;
    await closing;
  });
});

it('reports progress of what takes long, and of nothing else', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
  onTestFinished(() => {
    vi.useRealTimers();
  });
  const proceed = gate();
  const progress: unknown[] = [];
  const { remote } = await connectPair({
    factory: testFactory({ delete: () => proceed.promise }),
    trace: (_direction, message) => {
      if (message.method === '$/progress') progress.push(message.params);
    },
  });
  const call = remote.delete('/a');
  await settled();
  await settled();
  await vi.advanceTimersByTimeAsync(1_999);
  await settled();
  expect(progress).toStrictEqual([]);
  await vi.advanceTimersByTimeAsync(3_001);
  await settled();
  expect(progress.length).toBeGreaterThanOrEqual(1);
  await vi.advanceTimersByTimeAsync(5_000);
  await settled();
  expect(progress.length).toBeGreaterThanOrEqual(2);
  const reported = progress.length;
  proceed.open();
  await call;
  await vi.advanceTimersByTimeAsync(20_000);
  await settled();
  expect(progress).toHaveLength(reported);
});

it('a driver that works on n requests at a time gets no more', async () => {
  let active = 0;
  let most = 0;
  const proceed = gate();
  const { remote } = await connectPair({
    factory: testFactory(
      {
        stat: async (path) => {
          most = Math.max(most, ++active);
          await proceed.promise;
          active--;
          return { path, size: 0, modTime: new Date(0), isDir: false };
        },
      },
      { concurrency: 2 },
    ),
  });
  const calls = Array.from({ length: 10 }, (_, i) => remote.stat(`/${String(i)}`));
  const abort = new AbortController();
  const waiting = remote.stat('/x', { signal: abort.signal });
  while (active < 2) await settled();
  for (let turn = 0; turn < 20; turn++) await settled();
  expect(active).toBe(2);
  expect(remote.inFlight).toBe(2);
  // Liveness does not queue behind work.
  await remote.ping();
  abort.abort(new DOMException('too late', 'TimeoutError'));
  await expect(waiting).rejects.toMatchObject({ name: 'StorageError', code: 'CANCELLED', path: '/x' });
  proceed.open();
  expect(await Promise.all(calls)).toHaveLength(10);
  expect(most).toBe(2);
});
