import type { FileWriter, StorageDriver, WriterOptions } from '@outrigger/driver';
import { StorageError, commitTo, pathNotFound } from '@outrigger/driver';
import {
  CHUNK,
  HEADER,
  STORED_CHUNK,
  createHeader,
  keyIdOf,
  objectKey,
  sealChunk,
  storedSize,
} from './format.js';
import type { Keyring } from './keys.js';
import type { Tail, Tails } from './tail.js';

export interface Encryption {
  readonly inner: StorageDriver;
  readonly keys: Keyring;
  readonly tails: Tails;
}

/** Chunks that are written at a time. */
const BATCH = 16;

/** Encrypts what it is given, and writes whole chunks: the last one is held back, since it is marked as the last. */
export async function openWriter(
  encryption: Encryption,
  path: string,
  options: WriterOptions = {},
): Promise<FileWriter> {
  const { inner, keys, tails } = encryption;
  const { mode = 'truncate', expectedSize, signal } = options;
  const stored = expectedSize === undefined ? {} : { expectedSize: storedSize(expectedSize) };
  if (mode === 'append') {
    const tail = await tails.read(path, { signal });
    if (tail !== undefined) return continueWith(encryption, path, tail, options);
    const { size, isDir } = await inner.stat(path, { signal });
    // Content that somebody has committed, or an upload whose writer did not come to its close.
    if (isDir || size > storedSize(0)) throw pathNotFound(path);
  } else if (mode === 'truncate') await tails.remove(path, { signal });
  const { id, bytes } = keys.current();
  const header = createHeader(id);
  const innerMode = mode === 'isolated' ? 'isolated' : 'truncate';
  const writer = await inner.writer(path, { ...stored, mode: innerMode, signal });
  const state = {
    header,
    key: objectKey(bytes, header, 'content'),
    chunks: 0,
    rest: Buffer.alloc(0),
    isBegun: false,
  };
  return createWriter(encryption, path, writer, state, mode);
}

async function continueWith(
  encryption: Encryption,
  path: string,
  { header, chunks, rest }: Tail,
  { signal }: WriterOptions,
): Promise<FileWriter> {
  const { inner, keys } = encryption;
  const { bytes } = await keys.find(keyIdOf(header) ?? '');
  const writer = await inner.writer(path, { mode: 'append', signal });
  if (writer.size !== HEADER + chunks * STORED_CHUNK) {
    await writer.close();
    throw pathNotFound(path, new Error('what is stored of the upload is not what its last writer left'));
  }
  const state = { header, key: objectKey(bytes, header, 'content'), chunks, rest, isBegun: true };
  return createWriter(encryption, path, writer, state, 'append');
}

interface State {
  readonly header: Buffer;
  readonly key: Uint8Array;
  /** Full chunks that were written. */
  readonly chunks: number;
  /** Content behind them. */
  readonly rest: Buffer;
  /** The header was written. */
  readonly isBegun: boolean;
}

function createWriter(
  { tails }: Encryption,
  path: string,
  inner: FileWriter,
  start: State,
  mode: 'truncate' | 'append' | 'isolated',
): FileWriter {
  const { header, key } = start;
  const held = Buffer.alloc(CHUNK);
  let { chunks, isBegun } = start;
  let filled = start.rest.copy(held);
  let isSealed = false;
  let failure: unknown;

  /** What was written is part of a stream: nothing can follow a part of it that is missing. */
  const send = async (bytes: Buffer) => {
    if (failure !== undefined)
      throw new StorageError('INTERNAL', `an earlier write failed: ${path}`, { path, cause: failure });
    try {
      await inner.write(bytes);
    } catch (error) {
      failure = error;
      throw error;
    }
  };
  const begin = async () => {
    if (!isBegun) await send(header);
    isBegun = true;
  };
  const seal = async () => {
    if (isSealed) return;
    await begin();
    const stored = Buffer.allocUnsafeSlow(filled + STORED_CHUNK - CHUNK);
    sealChunk(key, { index: chunks, isLast: true }, held.subarray(0, filled), stored);
    await send(stored);
    isSealed = true;
  };
  /** Takes the full chunks off the beginning of `held` and `bytes`; at least one byte stays. */
  const sendFull = async (bytes: Uint8Array): Promise<Uint8Array> => {
    const full = Math.min(BATCH, Math.ceil((filled + bytes.length) / CHUNK) - 1);
    const stored = Buffer.allocUnsafeSlow(full * STORED_CHUNK);
    let rest = bytes;
    for (let i = 0; i < full; i++) {
      let plain = rest.subarray(0, CHUNK - filled);
      rest = rest.subarray(plain.length);
      if (filled > 0) {
        held.set(plain, filled);
        plain = held;
        filled = 0;
      }
      sealChunk(key, { index: chunks + i, isLast: false }, plain, stored.subarray(i * STORED_CHUNK));
    }
    await begin();
    await send(stored);
    chunks += full;
    return rest;
  };
  const end = async (commit: () => Promise<void>) => {
    await seal();
    await commit();
    if (mode === 'append') await tails.remove(path);
  };

  return {
    get size() {
      return chunks * CHUNK + filled;
    },
    async write(chunk) {
      let rest = chunk;
      while (filled + rest.length > CHUNK) rest = await sendFull(rest);
      held.set(rest, filled);
      filled += rest.length;
    },
    commit: () => end(() => inner.commit()),
    commitTo: (to) => end(() => commitTo(inner, to, path)),
    async close() {
      if (mode === 'isolated' || isSealed) return inner.close();
      await begin();
      await tails.write(path, { header, chunks, rest: held.subarray(0, filled) });
      await inner.close();
    },
    async cancel() {
      await inner.cancel();
      if (mode === 'append') await tails.remove(path);
    },
  };
}
