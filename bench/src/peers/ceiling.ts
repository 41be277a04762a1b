import { once } from 'node:events';
import type { Socket } from 'node:net';
import { createServer } from 'node:net';
import type { Client } from './client.js';
import type { Options } from './options.js';
import type { Figure } from './run-step.js';
import { runStep } from './run-step.js';

interface Ceiling {
  readonly port: number;
  stop(): Promise<void>;
}

/** The steps that show it. */
const STEPS_OF_CEILING = ['push', 'pull', 'pull-16', 'manifest-get', 'blob-get'];

const BLOCK = Buffer.alloc(1024 * 1024, 'outrigger');
const END_OF_HEAD = '\r\n\r\n';

/** What the client reaches at best: against answers from memory, of a responder that looks at nothing. */
export async function measureCeiling(
  client: Client,
  { scale, steps }: Pick<Options, 'scale' | 'steps'>,
): Promise<Figure[]> {
  const ceiling = await startCeiling();
  const figures: Figure[] = [];
  try {
    for (const step of steps.filter(({ name }) => STEPS_OF_CEILING.includes(name))) {
      const once = { client, scale: { ...scale, rounds: 1 } };
      figures.push(await runStep(step, 'ceiling', { port: ceiling.port }, once));
    }
  } finally {
    await ceiling.stop();
  }
  return figures;
}

async function startCeiling(): Promise<Ceiling> {
  /** Length of each content, by the last part of its path. */
  const sizes = new Map<string, number>();
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    serve(socket, sizes);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return {
    port: address.port,
    async stop() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}

function serve(socket: Socket, sizes: Map<string, number>): void {
  let head = '';
  let left = 0;
  socket.on('error', () => socket.destroy());
  socket.on('data', (data: Buffer) => {
    let at = 0;
    if (left === 0) {
      const before = head.length;
      head += data.toString('latin1', 0, Math.min(data.length, 4096));
      const end = head.indexOf(END_OF_HEAD);
      if (end === -1) return;
      at = end + END_OF_HEAD.length - before;
      left = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
      head = head.slice(0, end);
      keep(head, left, sizes);
    }
    left -= data.length - at;
    if (left > 0) return;
    left = 0;
    answer(socket, head, sizes);
    head = '';
  });
}

function keep(head: string, size: number, sizes: Map<string, number>): void {
  if (head.startsWith('PUT ')) sizes.set(keyOf(head), size);
}

/** Digest or tag of a request line. */
function keyOf(head: string): string {
  const path = decodeURIComponent(head.split(' ', 2)[1] ?? '');
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('=')) + 1);
}

function answer(socket: Socket, head: string, sizes: Map<string, number>): void {
  const method = head.slice(0, head.indexOf(' '));
  if (method === 'POST')
    socket.write('HTTP/1.1 202 Accepted\r\nLocation: /v2/upload\r\nContent-Length: 0\r\n\r\n');
  else if (method === 'PUT') socket.write('HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n');
  else {
    const size = sizes.get(keyOf(head)) ?? 0;
    socket.cork();
    socket.write(
      `HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\nContent-Type: application/octet-stream\r\n\r\n`,
    );
    for (let left = size; left > 0; left -= BLOCK.length)
      socket.write(BLOCK.subarray(0, Math.min(left, BLOCK.length)));
    socket.uncork();
  }
}
