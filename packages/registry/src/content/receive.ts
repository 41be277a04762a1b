import type { FileWriter } from '@outrigger/driver';
import type { Body } from './body.js';
import type { BufferPool } from './buffer-pool.js';
import type { ContentHash } from './content-hash.js';
import { copyInto } from './copy-into.js';

/** What came of a body: the writer and the hash have all `received` bytes, also of one that broke off. */
export interface Received {
  readonly received: number;
  /** Why the body ended before it was complete. */
  readonly broken?: Error;
}

/**
 * Brings a body into a writer and a hash, in pieces of up to 1 MiB. While one is written it is hashed, and the next
 * ones are filled.
 *
 * @throws StorageError from the writer; the hash may then have bytes that the writer has not
 */
export async function receive(
  body: Body,
  writer: FileWriter,
  hash: ContentHash | undefined,
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
  let failure: { readonly error: unknown } | undefined;
  const broken = await body
    .pour((chunk) =>
      pieces.add(chunk)?.catch((error: unknown) => {
        failure = { error };
        throw error;
      }),
    )
    .then(() => undefined, asError);
  if (failure !== undefined) throw failure.error;
  return broken;
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error('the body broke off', { cause: error });
}

interface Pieces {
  readonly received: number;
  /** @returns a promise when the next chunk has to wait */
  add(chunk: Uint8Array): Promise<void> | undefined;
  /** Writes what is left, and waits for all. */
  end(): Promise<void>;
  /** Gives the buffers back, as soon as nothing writes from them any more. */
  dispose(): Promise<void>;
}

/** Pieces of one body that are filled, written and hashed at the same time. */
const DEPTH = 3;

interface Piece {
  readonly buffer: Buffer;
  /** Written and hashed. */
  readonly done: Promise<unknown>;
}

function createPieces(
  writer: FileWriter,
  hash: ContentHash | undefined,
  pool: BufferPool,
  length?: number,
): Pieces {
  const busy: Piece[] = [];
  let current: Buffer | undefined;
  let filled = 0;
  let received = 0;
  let writing: Promise<unknown> = Promise.resolve();

  /** A buffer to fill: a new one, or that of the oldest piece when it is done. */
  const next = async (): Promise<Buffer> => {
    const [oldest] = busy;
    if (oldest === undefined || busy.length < DEPTH - 1) return pool.acquire(length);
    await oldest.done;
    busy.shift();
    return oldest.buffer;
  };
  const begin = (buffer: Buffer): void => {
    const piece = buffer.subarray(0, filled);
    writing = writing.then(() => writer.write(piece));
    const done = Promise.all([writing, hash?.update(piece)]);
    // A failure is met when the piece is waited for; until then it must not count as unhandled.
    done.catch(() => undefined);
    busy.push({ buffer, done });
    current = undefined;
    filled = 0;
  };

  /** A chunk that fills a piece, or begins one. */
  const divide = async (chunk: Uint8Array): Promise<void> => {
    for (let taken = 0; taken < chunk.length;) {
      current ??= await next();
      const part = chunk.subarray(taken, taken + current.length - filled);
      copyInto(current, part, filled);
      filled += part.length;
      taken += part.length;
      if (filled === current.length) begin(current);
    }
  };

  return {
    get received() {
      return received;
    },
    add(chunk) {
      received += chunk.length;
      if (current === undefined || chunk.length >= current.length - filled) return divide(chunk);
      copyInto(current, chunk, filled);
      filled += chunk.length;
      return undefined;
    },
    async end() {
      if (current !== undefined) begin(current);
      await Promise.all(busy.map(({ done }) => done));
    },
    async dispose() {
      await Promise.allSettled(busy.map(({ done }) => done));
      for (const { buffer } of busy) pool.release(buffer);
      if (current !== undefined) pool.release(current);
    },
  };
}
