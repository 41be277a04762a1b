import type { Socket } from 'node:net';
import type { ContentReader } from '@outrigger/driver';
import { cancelled } from '@outrigger/driver';
import type { BufferPool } from '../buffer-pool.js';
import { createBufferPool } from '../buffer-pool.js';

const CHUNK_BYTES = 1024 * 1024;
/** So many chunks of one stream are under way: one is read while others are written. */
const CHUNKS_PER_STREAM = 3;

const chunks: BufferPool = createBufferPool(CHUNK_BYTES, 16);

/**
 * Sends all that is left in a reader and half-closes. Answers the number of bytes once the kernel has them all.
 *
 * @param stop - is aborted when the host closes the connection, so that a reader that waits for its backend wakes up;
 * aborting it closes the connection
 * @throws StorageError CANCELLED after `stop`; what the reader throws
 */
export async function sendContent(
  reader: ContentReader,
  socket: Socket,
  path: string,
  stop: AbortController,
): Promise<number> {
  let outstanding = 0;
  let wake: (() => void) | undefined;
  const notify = () => {
    wake?.();
    wake = undefined;
  };
  const isGone = () => stop.signal.aborted;
  stop.signal.addEventListener('abort', () => {
    socket.destroy();
    notify();
  });
  const leave = () => {
    stop.abort();
  };
  // Nothing comes from the host on a read, so that its end is that of the read; it has to be read to be seen.
  socket.once('end', leave).once('close', leave).resume();
  if (socket.destroyed) leave();

  const change = () =>
    new Promise<void>((resolve) => {
      wake = resolve;
    });
  const send = (chunk: Buffer, count: number) => {
    outstanding++;
    socket.write(chunk.subarray(0, count), () => {
      outstanding--;
      chunks.give(chunk);
      notify();
    });
  };

  let sent = 0;
  if (isGone()) socket.destroy();
  for (;;) {
    while (outstanding >= CHUNKS_PER_STREAM && !isGone()) await change();
    if (isGone()) throw cancelled(path);
    const chunk = chunks.take();
    const count = await reader.read(chunk).catch((error: unknown) => {
      chunks.give(chunk);
      throw error;
    });
    if (count === 0) {
      chunks.give(chunk);
      break;
    }
    send(chunk, count);
    sent += count;
  }
  await new Promise<void>((resolve) => {
    socket.end(resolve);
  });
  if (!socket.writableFinished) throw cancelled(path);
  return sent;
}
