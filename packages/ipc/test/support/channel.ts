import { once } from 'node:events';
import { createServer, connect } from 'node:net';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import type { Readable, Writable } from 'node:stream';
import { temporaryDirectory } from './temporary-directory.js';

/** One end of a channel: what this side reads and what it writes. */
export interface End {
  readonly input: Readable;
  readonly output: Writable;
}

export interface Channel {
  readonly host: End;
  readonly driver: End;
}

/** Streams in memory: everything happens in the order in which it was written. */
export function memoryChannel(): Channel {
  const down = new PassThrough();
  const up = new PassThrough();
  return { host: { input: up, output: down }, driver: { input: down, output: up } };
}

/** Two Unix sockets, as between real processes under Node. */
export async function socketChannel(): Promise<Channel> {
  const directory = await temporaryDirectory();
  const [down, up] = [await socketPair(join(directory, 'down')), await socketPair(join(directory, 'up'))];
  return {
    host: { input: up[0], output: down[0] },
    driver: { input: down[1], output: up[1] },
  };
}

async function socketPair(path: string): Promise<[Socket, Socket]> {
  const server = createServer({ allowHalfOpen: true }).listen(path);
  await once(server, 'listening');
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const dialled = connect({ path, allowHalfOpen: true });
  const [socket] = await accepted;
  server.close();
  return [dialled, socket];
}
