import { once } from 'node:events';
import type { Socket } from 'node:net';
import { connect } from 'node:net';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { pacedBody } from '../../src/http/pace.js';
import {
  bytes,
  digestOf,
  header,
  memoryDriver,
  pushBlob,
  startRegistry,
  startUpload,
  withDigest,
} from '../registry-fixture.js';

/** The registry's own. */
const PATIENCE_MS = 30_000;

afterEach(() => vi.useRealTimers());

describe('the pace of a body', () => {
  /** Sends `size` bytes each second, for `seconds`, to somebody who takes `storeMs` for each of them. */
  async function isCut(size: number, seconds: number, storeMs = 0): Promise<boolean> {
    vi.useFakeTimers();
    let cut = false;
    const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
    async function* client(): AsyncGenerator<Uint8Array> {
      for (let second = 0; second < seconds && !cut; second++) {
        await sleep(1000);
        yield new Uint8Array(size);
      }
    }
    const read = (async () => {
      for await (const chunk of pacedBody(client(), 30_000, () => (cut = true)))
        if (chunk.length > 0) await sleep(storeMs);
    })();
    await vi.advanceTimersByTimeAsync(seconds * (1001 + storeMs));
    await read;
    expect(vi.getTimerCount()).toBe(0);
    return cut;
  }

  test('below 1 KiB/s is cut', async () => {
    expect(await isCut(0, 60)).toBe(true);
    expect(await isCut(900, 60)).toBe(true);
  });

  test('above it is not, however long it takes', async () => {
    expect(await isCut(1100, 600)).toBe(false);
  });

  test('a slow store is not the fault of the client', async () => {
    expect(await isCut(1100, 60, 60_000)).toBe(false);
  });
});

test('an upload whose client has gone quiet can be resumed', async () => {
  const registry = await startRegistry();
  const location = await startUpload(registry, 'a');
  const { pathname, search } = new URL(location);
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
  const accepted = once(registry.server, 'connection') as Promise<[Socket]>;
  const socket = connect(registry.port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  socket.on('error', () => undefined).resume();
  const request = `PATCH ${pathname}${search} HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhello`;
  socket.write(request);
  const [there] = await accepted;
  await expect.poll(() => there.bytesRead).toBe(request.length);
  expect(socket.closed).toBe(false);
  await expect
    .poll(() => {
      vi.advanceTimersByTime(PATIENCE_MS);
      return socket.closed;
    })
    .toBe(true);
  const status = await registry.call('GET', location);
  expect(header(status, 'range')).toBe('0-4');
  const url = withDigest(header(status, 'location'), digestOf('helloworld'));
  expect((await registry.call('PUT', url, { body: 'world' })).status).toBe(201);
});

test('a client that takes nothing of its answer is cut off', async () => {
  const driver = await memoryDriver();
  // Pushed where nobody is impatient.
  const digest = await pushBlob(await startRegistry({ driver }), 'a', bytes(64 * 1024 * 1024));
  const registry = await startRegistry({ driver, patienceMs: 60 });
  const closed = new Promise<void>((resolve) => {
    registry.server.once('connection', (socket) => socket.once('close', () => resolve()));
  });
  const socket = connect(registry.port, '127.0.0.1').pause();
  onTestFinished(() => void socket.destroy());
  socket.on('error', () => undefined);
  socket.write(`GET /v2/a/blobs/${digest} HTTP/1.1\r\nHost: x\r\n\r\n`);
  await closed;
});

test('a client that goes after an early answer holds up no end of the process', async () => {
  const timers = vi.spyOn(globalThis, 'setTimeout');
  onTestFinished(() => timers.mockRestore());
  const patienceMs = 54_321;
  const registry = await startRegistry({ patienceMs });
  const gone = new Promise<void>((resolve) => {
    registry.server.once('connection', (socket) => socket.once('close', () => resolve()));
  });
  const socket = connect(registry.port, '127.0.0.1');
  socket.write('POST /v2/nothing HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nhello');
  await once(socket, 'data');
  socket.destroy();
  await gone;
  const patient = timers.mock.calls.flatMap(([, ms], call) =>
    ms === patienceMs ? [timers.mock.results[call]?.value as NodeJS.Timeout] : [],
  );
  expect(patient.map((timer) => timer.hasRef())).toEqual([false]);
});
