import type { Hash } from 'node:crypto';
import type { FileWriter } from '@outrigger/driver';
import type { BufferPool } from './buffer-pool.js';

/** Content on its way in. */
export interface Body {
  /** Rejects when the sender breaks off. */
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Bytes that were announced, if they were. */
  readonly length: number | undefined;
}

/** What came of a body: the writer and the hash have all `received` bytes, also of one that broke off. */
export interface Received {
  readonly received: number;
  /** Why the body ended before it was complete. */
  readonly broken?: Error;
}

/**
 * Brings a body into a writer and a hash, in pieces of up to 1 MiB. While one piece is written it is hashed, and the
 * next one is filled.
 *
 * @throws StorageError from the writer; the hash may then have bytes that the writer has not
 */
export async function receive(
  body: Body,
  writer: FileWriter,
  hash: Hash | undefined,
  pool: BufferPool,
): Promise<Received> {
  const pieces = createPieces(writer, hash, pool, body.length);
  try {
    const broken = await fill(body, pieces);
    await pieces.end();
    const received = pieces.received;
    const missing =
      broken ?? (received === (body.length ?? received) ? undefined : new Error('the body is too short'));
    return missing === undefined ? { received } : { received, broken: missing };
  } finally {
    await pieces.dispose();
  }
}

/** Errors of the sender are an outcome, errors of the writer are thrown. */
async function fill(body: Body, pieces: Pieces): Promise<Error | undefined> {
  const chunks = body.chunks[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await chunks.next().catch(asError);
      if (next instanceof Error) return next;
      if (next.done === true) return undefined;
      await pieces.add(next.value);
    }
  } finally {
    // A body that is left early must flow on, so that its rest can be dropped.
    await chunks.return?.();
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error('the body broke off', { cause: error });
}

interface Pieces {
  readonly received: number;
  add(chunk: Uint8Array): Promise<void>;
  /** Writes what is left, and waits for all. */
  end(): Promise<void>;
  /** Gives the buffers back, as soon as nothing writes from them any more. */
  dispose(): Promise<void>;
}

function createPieces(writer: FileWriter, hash: Hash | undefined, pool: BufferPool, length?: number): Pieces {
  let current = pool.acquire(length);
  let other: Buffer | undefined;
  let filled = 0;
  let received = 0;
  let writing: Promise<void> | undefined;

  const flush = async (): Promise<void> => {
    if (filled === 0) return;
    await writing;
    const piece = current.subarray(0, filled);
    writing = writer.write(piece);
    // A failure is met at the next await of `writing`; until then it must not count as unhandled.
    writing.catch(() => undefined);
    hash?.update(piece);
    filled = 0;
    [current, other] = [other ?? pool.acquire(length), current];
  };

  return {
    get received() {
      return received;
    },
    async add(chunk) {
      received += chunk.length;
      for (let taken = 0; taken < chunk.length;) {
        const part = chunk.subarray(taken, taken + current.length - filled);
        current.set(part, filled);
        filled += part.length;
        taken += part.length;
        if (filled === current.length) await flush();
      }
    },
    async end() {
      await flush();
      await writing;
    },
    async dispose() {
      await writing?.catch(() => undefined);
      pool.release(current);
      if (other !== undefined) pool.release(other);
    },
  };
}
