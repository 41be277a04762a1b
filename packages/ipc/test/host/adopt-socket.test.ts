import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { adoptSocket } from '../../src/host/adopt-socket.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

/** A connection whose accepted end is handed over; `hidden` takes Node's internals from view. */
async function accept(buffer: Buffer, hidden: boolean, onData: (count: number) => boolean) {
  const path = join(await temporaryDirectory(), 's');
  const server = createServer({ pauseOnConnect: true, allowHalfOpen: true }).listen(path);
  await once(server, 'listening');
  const connected = once(server, 'connection') as Promise<[Socket]>;
  const dialled = connect({ path, allowHalfOpen: true });
  const [accepted] = await connected;
  server.close();
  // What the code would see on a Node that has no such handle.
  const seen = hidden
    ? new Proxy(accepted, {
        get: (target, key) => {
          const value: unknown = key === '_handle' ? undefined : Reflect.get(target, key, target);
          return typeof value === 'function' ? (value.bind(target) as unknown) : value;
        },
      })
    : accepted;
  const socket = adoptSocket(seen, buffer, onData);
  onTestFinished(() => {
    dialled.destroy();
    socket.destroy();
  });
  return { dialled, accepted, socket };
}

describe.each([
  ['with its handle', false],
  ['as it is', true],
])('an adopted socket, %s', (_what, hidden) => {
  it('fills the buffer piece by piece, in order, and pauses when told to', async () => {
    const content = Buffer.from(Array.from({ length: 1_000_000 }, (_, i) => (i * 13) % 256));
    const buffer = Buffer.alloc(10_000);
    const received: Buffer[] = [];
    const { dialled, socket } = await accept(buffer, hidden, (count) => {
      expect(count).toBeGreaterThan(0);
      expect(count).toBeLessThanOrEqual(buffer.length);
      received.push(Buffer.from(buffer.subarray(0, count)));
      if (received.length % 3 === 0) return true;
      setImmediate(() => socket.resume());
      return false;
    });
    dialled.end(content);
    await once(socket, 'end');
    expect(Buffer.compare(Buffer.concat(received), content)).toBe(0);
  });

  it('can be written to after the end of the other side', async () => {
    const { dialled, socket } = await accept(Buffer.alloc(100), hidden, () => true);
    dialled.end('x');
    await once(socket, 'end');
    socket.end('answer');
    const [answer] = (await once(dialled, 'data')) as [Buffer];
    expect(answer.toString()).toBe('answer');
  });

  it('leaves nothing open when it is destroyed', async () => {
    const { dialled, accepted, socket } = await accept(Buffer.alloc(100), hidden, () => true);
    const closed = once(socket, 'close');
    socket.destroy();
    await closed;
    expect(accepted.destroyed).toBe(true);
    dialled.resume();
    await once(dialled, 'end');
  });
});
