import { existsSync, statSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { DataListener, MAX_SOCKET_PATH } from '../../src/host/data-listener.js';
import { LIMITS } from '../../src/protocol/limits.js';
import { dial, preamble } from '../support/scripted-driver.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

async function listen(limits = LIMITS) {
  const directory = await temporaryDirectory();
  const listener = await DataListener.listen(directory, limits);
  onTestFinished(() => listener.close());
  return { listener, directory };
}

/** Resolves when the peer has closed its side. */
async function closedByPeer(socket: Socket): Promise<void> {
  socket.resume();
  if (!socket.readableEnded && !socket.destroyed)
    await Promise.race([once(socket, 'end'), once(socket, 'close')]);
}

/** All that a connection receives, up to its end. */
function receive(connection: {
  buffer: Buffer;
  socket: Socket;
  consume: (onData: (start: number, end: number) => boolean) => void;
}) {
  let text = '';
  connection.consume((start, end) => {
    text += connection.buffer.toString('latin1', start, end);
    return true;
  });
  return once(connection.socket, 'end').then(() => text);
}

afterEach(() => {
  vi.useRealTimers();
});

describe('DataListener', () => {
  it('matches connections to tokens', async () => {
    const { listener } = await listen();
    const [a, b] = [await listener.expect(), await listener.expect()];
    expect(a.token).toMatch(/^[0-9a-f]{32}$/);
    expect(a.token).not.toBe(b.token);
    await dial(listener.path, [preamble(b.token, { size: 2 })]);
    await dial(listener.path, [preamble(a.token, { size: 1, modTime: 5, version: 'v', more: true })]);
    expect((await a.dialled).preamble).toStrictEqual({ token: a.token, size: 1, modTime: 5, version: 'v' });
    expect((await b.dialled).preamble).toStrictEqual({ token: b.token, size: 2 });
  });

  it.each([
    ['in one piece', (line: string) => [`${line}content`]],
    ['cut behind the line', (line: string) => [line, 'content']],
    ['cut inside the line', (line: string) => [line.slice(0, 20), `${line.slice(20)}content`]],
    ['byte by byte', (line: string) => [...line.split(/(?=.)/s), 'content']],
  ])('takes a first line %s, and the content behind it', async (_what, pieces) => {
    const { listener } = await listen();
    const expected = await listener.expect();
    const socket = await dial(listener.path);
    for (const piece of pieces(preamble(expected.token)))
      await new Promise<void>((resolve) => socket.write(piece, () => setImmediate(resolve)));
    const { connection } = await expected.dialled;
    socket.end();
    expect(await receive(connection)).toBe('content');
  });

  it('reads on only when somebody consumes', async () => {
    const { listener } = await listen();
    const expected = await listener.expect();
    const socket = await dial(listener.path, [preamble(expected.token), Buffer.alloc(8 * 1024 * 1024)]);
    const { connection } = await expected.dialled;
    await new Promise(setImmediate);
    // What does not fit the kernel's buffers has to wait in the sender.
    expect(socket.writableLength).toBeGreaterThan(0);
    socket.end();
    expect((await receive(connection)).length).toBe(8 * 1024 * 1024);
  });

  it.each([
    ['an unknown token', preamble('0'.repeat(32))],
    ['a token that is no text', preamble(7)],
    ['a token that is too long', preamble('0'.repeat(129))],
    ['a line that is not JSON', 'hello\n'],
    ['an empty line', '\n'],
    ['a list', '[]\n'],
    ['null', 'null\n'],
    ['a size below zero', preamble('0', { size: -1 })],
    ['a line that is too long', preamble('0', { pad: 'x'.repeat(LIMITS.preambleBytes) })],
    ['no end of the line', 'x'.repeat(LIMITS.preambleBytes)],
    ['much more without an end', 'x'.repeat(1024 * 1024)],
  ])('closes a connection with %s', async (_what, line) => {
    const { listener } = await listen();
    await closedByPeer(await dial(listener.path, [line]));
  });

  it('takes a first line of exactly the limit', async () => {
    const { listener } = await listen();
    const expected = await listener.expect();
    const line = (pad: number) => preamble(expected.token, { pad: 'x'.repeat(pad) });
    await dial(listener.path, [line(LIMITS.preambleBytes - line(0).length)]);
    expect((await expected.dialled).preamble.token).toBe(expected.token);
  });

  it('closes a connection that ends before its line does', async () => {
    const { listener } = await listen();
    const socket = await dial(listener.path, ['{"token":']);
    socket.end();
    await closedByPeer(socket);
  });

  it('closes a connection whose line does not come within 5 s', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const { listener } = await listen();
    const expected = await listener.expect();
    const socket = await dial(listener.path, [preamble(expected.token).slice(0, -1)]);
    const other = await listener.expect();
    const line = await dial(listener.path, [preamble(other.token)]);
    // It came behind the other one.
    await other.dialled;
    expect(vi.getTimerCount()).toBe(1);
    await vi.advanceTimersByTimeAsync(4_999);
    expect(socket.destroyed).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    await closedByPeer(socket);
    // The one that said who it is stays.
    expect(line.readableEnded).toBe(false);
  });

  it('takes a token once, and not after it was forgotten', async () => {
    const { listener } = await listen();
    const expected = await listener.expect();
    await dial(listener.path, [preamble(expected.token)]);
    await expected.dialled;
    await closedByPeer(await dial(listener.path, [preamble(expected.token)]));
    const forgotten = await listener.expect();
    forgotten.forget();
    await closedByPeer(await dial(listener.path, [preamble(forgotten.token)]));
  });

  it('listens again when its file has vanished, once for all who notice', async () => {
    const { listener } = await listen();
    const before = await listener.expect();
    const { ino } = statSync(listener.path);
    await rm(listener.path);
    const expected = await Promise.all(Array.from({ length: 20 }, () => listener.expect()));
    expect(statSync(listener.path).ino).toBeGreaterThan(0);
    expect(ino).toBeGreaterThan(0);
    for (const each of [before, ...expected]) {
      await dial(listener.path, [preamble(each.token)]);
      await each.dialled;
    }
  });

  it('fails readably when its directory has vanished, and recovers', async () => {
    const { listener, directory } = await listen();
    await rm(directory, { recursive: true });
    await expect(listener.expect()).rejects.toMatchObject({ name: 'StorageError', code: 'UNAVAILABLE' });
    await mkdir(directory);
    const expected = await listener.expect();
    await dial(listener.path, [preamble(expected.token)]);
    await expected.dialled;
  });

  it('closes everything, leaves no file, and does not come back', async () => {
    const { listener } = await listen();
    const expected = await listener.expect();
    const sockets = [await dial(listener.path, [preamble(expected.token)]), await dial(listener.path)];
    await expected.dialled;
    await listener.close();
    for (const socket of sockets) await closedByPeer(socket);
    expect(existsSync(listener.path)).toBe(false);
    await expect(listener.expect()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(existsSync(listener.path)).toBe(false);
    await listener.close();
  });

  it('has room for a limited number of connections that did not say who they are', async () => {
    const { listener } = await listen({ ...LIMITS, streams: 2 });
    const idle = [
      await dial(listener.path),
      await dial(listener.path),
      await dial(listener.path),
      await dial(listener.path),
    ];
    await closedByPeer(await dial(listener.path));
    for (const socket of idle) expect(socket.readableEnded).toBe(false);
    idle[0]?.destroy();
    // A place is free again as soon as the server has seen the end.
    const expected = await listener.expect();
    const placed = expected.dialled.then(() => true);
    for (let isPlaced = false; !isPlaced;) {
      const socket = connect({ path: listener.path, allowHalfOpen: true });
      onTestFinished(() => {
        socket.destroy();
      });
      const refused = new Promise<boolean>((resolve) => {
        const end = () => {
          resolve(false);
        };
        socket.on('error', end).on('end', end).resume();
      });
      socket.write(preamble(expected.token));
      isPlaced = await Promise.race([placed, refused]);
    }
  });

  it(`refuses a path of more than ${String(MAX_SOCKET_PATH)} bytes`, async () => {
    const directory = join(await temporaryDirectory(), 'x'.repeat(90));
    await mkdir(directory);
    await expect(DataListener.listen(directory, LIMITS)).rejects.toMatchObject({ code: 'UNSUPPORTED' });
  });
});
