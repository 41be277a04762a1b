import type { ServerResponse } from 'node:http';
import type { ContentReader } from '@outrigger/driver';
import { StorageError } from '@outrigger/driver';
import type { BufferPool } from '../content/buffer-pool.js';

/**
 * Sends exactly `length` bytes as the body of an answer whose head is set. A reader that gives fewer or more is
 * never passed on: the connection is destroyed, since anything else would make the next answer part of this one.
 *
 * @throws StorageError of the reader; when nothing was sent yet the answer can still be an error
 */
export async function sendContent(
  res: ServerResponse,
  reader: ContentReader,
  length: number,
  pool: BufferPool,
): Promise<void> {
  const window = createWindow(res, pool);
  let left = length;
  while (left > 0 && !res.destroyed) {
    const buffer = pool.acquire(left);
    const count = await readInto(reader, buffer.subarray(0, Math.min(buffer.length, left)), pool, buffer);
    left -= count;
    if (count === 0 || (left === 0 && (await hasMore(reader)))) {
      pool.release(buffer);
      throw new StorageError('INTERNAL', `the content has not the ${length} bytes that it should have`);
    }
    await window.write(buffer, count);
  }
  if (!res.destroyed) res.end();
}

async function readInto(
  reader: ContentReader,
  into: Buffer,
  pool: BufferPool,
  buffer: Buffer,
): Promise<number> {
  try {
    return await reader.read(into);
  } catch (error) {
    pool.release(buffer);
    throw error;
  }
}

async function hasMore(reader: ContentReader): Promise<boolean> {
  return (await reader.read(Buffer.allocUnsafe(1))) > 0;
}

/** Buffers that one answer may have on their way to the client at a time. */
const WINDOW = 3;

interface Window {
  /** Sends the first `count` bytes of a buffer of the pool, and resolves when there is room for the next one. */
  write(buffer: Buffer, count: number): Promise<void>;
}

/** Each buffer goes back to the pool when the system has it, in the callback of its write. */
function createWindow(res: ServerResponse, pool: BufferPool): Window {
  const inFlight = new Set<Buffer>();
  let wake = (): void => undefined;
  res.once('close', () => {
    // What was not called back may still be read by the system.
    for (const buffer of inFlight) pool.discard(buffer);
    inFlight.clear();
    wake();
  });
  return {
    async write(buffer, count) {
      if (res.destroyed) {
        pool.release(buffer);
        return;
      }
      inFlight.add(buffer);
      res.write(buffer.subarray(0, count), () => {
        if (inFlight.delete(buffer)) pool.release(buffer);
        wake();
      });
      while (inFlight.size >= WINDOW) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}
