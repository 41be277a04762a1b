import type { OnReadOpts, Socket } from 'node:net';
import { createBufferPool } from '../buffer-pool.js';

/** Three buffers a stream: one receives while the others are written. */
const BUFFERS_PER_STREAM = 3;

const buffers = createBufferPool(256 * 1024, 24);

/** The receiving end of a stream, to be made before its socket. */
export interface ContentReceiver {
  readonly onread: OnReadOpts;
  /** Passes everything on in order, until the host's half-close. Buffers are lent until `write` has settled. */
  run(socket: Socket, write: (chunk: Buffer) => Promise<void>): Promise<void>;
}

export function createContentReceiver(): ContentReceiver {
  const free = Array.from({ length: BUFFERS_PER_STREAM }, () => buffers.take());
  const filled: { buffer: Buffer; count: number }[] = [];
  let notify: () => void = () => undefined;

  const nextBuffer = (): Buffer => {
    const buffer = free.pop();
    if (buffer === undefined) throw new Error('a stream received without a free buffer');
    return buffer;
  };
  const onread: OnReadOpts = {
    buffer: nextBuffer,
    callback(count, received) {
      filled.push({ buffer: received as Buffer, count });
      notify();
      // Node takes the next buffer right after this call; one more has to be left for the call after that.
      return free.length >= 2;
    },
  };

  return {
    onread,
    async run(socket, write) {
      let over = false;
      let wake: (() => void) | undefined;
      notify = () => {
        wake?.();
        wake = undefined;
      };
      const finish = () => {
        over = true;
        notify();
      };
      socket.on('error', finish).once('end', finish).once('close', finish);
      const isOver = () => over;
      for (;;) {
        const next = filled.shift();
        if (next !== undefined) {
          await write(next.buffer.subarray(0, next.count));
          free.push(next.buffer);
          if (!isOver()) socket.resume();
        } else if (isOver()) break;
        else {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      }
      for (const buffer of free) buffers.give(buffer);
    },
  };
}
