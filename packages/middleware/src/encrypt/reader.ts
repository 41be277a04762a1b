import type { ContentReader, ReadOptions, StorageDriver } from '@outrigger/driver';
import { alreadyClosed, cancelled, readFully, versionChanged } from '@outrigger/driver';
import { CHUNK, HEADER, STORED_CHUNK, contentSize, lastChunk, objectKey, openChunk } from './format.js';
import { keyIdOf } from './format.js';
import type { Keyring } from './keys.js';

/** Chunks that are fetched at a time. */
const BATCH = 16;

export interface Decryption {
  readonly inner: StorageDriver;
  readonly keys: Keyring;
  /** What stored bytes mean that are not authentic: a writer of the path may be at work. */
  readonly explain: (path: string, isEncrypted: boolean) => Promise<Error>;
}

/** Reads content, and decrypts the chunks that it touches: nothing that is not authentic is given to anybody. */
export async function openReader(
  decryption: Decryption,
  path: string,
  options: ReadOptions = {},
): Promise<ContentReader> {
  const { offset = 0, length = Infinity, signal } = options;
  const { stored, key, first } = await open(decryption, path, options);
  const { modTime, version } = stored;
  const size = contentSize(stored.size);
  const end = Math.min(size, offset + length);
  const last = lastChunk(stored.size);
  let index = first;
  let position = offset;
  /** Decrypted, from `position` on. */
  let ready: Buffer = Buffer.alloc(0);
  let batch: Buffer | undefined;
  let isClosed = false;
  /** Of content without a byte, too: it may be the rest of some that was cut off. */
  let isAuthentic = false;

  const refill = async () => {
    const wanted = Math.max(1, Math.min(BATCH, Math.ceil(end / CHUNK) - index));
    batch ??= Buffer.allocUnsafeSlow(wanted * STORED_CHUNK);
    const count = await readFully(stored, batch.subarray(0, wanted * STORED_CHUNK));
    const chunks: Buffer[] = [];
    let at = 0;
    do {
      const place = { index, isLast: index === last };
      const chunk = openChunk(key, place, batch.subarray(at, Math.min(count, at + STORED_CHUNK)));
      if (chunk === undefined) throw await decryption.explain(path, true);
      chunks.push(chunk);
      index++;
      at += STORED_CHUNK;
    } while (at < count);
    isAuthentic = true;
    ready = Buffer.concat(chunks).subarray(position - (index - chunks.length) * CHUNK);
  };

  return {
    size,
    modTime,
    ...(version === undefined ? {} : { version }),
    async read(into) {
      if (isClosed) throw alreadyClosed(path, 'closed');
      if (signal?.aborted) throw cancelled(path, signal.reason);
      const isOver = position >= end || into.length === 0;
      if (isOver && (size > 0 || isAuthentic || first > 0)) return 0;
      if (ready.length === 0) await refill();
      const count = Math.max(0, Math.min(into.length, ready.length, end - position));
      into.set(ready.subarray(0, count));
      ready = ready.subarray(count);
      position += count;
      return count;
    },
    async close() {
      isClosed = true;
      await stored.close();
    },
  };
}

interface Opened {
  /** The stored object, at the start of a chunk. */
  readonly stored: ContentReader;
  readonly first: number;
  readonly key: Uint8Array;
}

/** With a range behind the first chunk the header is a read of its own. */
async function open(decryption: Decryption, path: string, options: ReadOptions): Promise<Opened> {
  const { inner, keys, explain } = decryption;
  const { offset = 0, length, ifMatch, signal } = options;
  const first = Math.floor(offset / CHUNK);
  const call = { ifMatch, signal };
  const bytes =
    length === undefined ? undefined : (Math.ceil((offset + length) / CHUNK) - first) * STORED_CHUNK;
  const start = await inner.reader(path, {
    ...call,
    length: first > 0 ? HEADER : bytes === undefined ? undefined : HEADER + Math.max(bytes, STORED_CHUNK),
  });
  let stored = start;
  try {
    const header = Buffer.alloc(HEADER);
    const found = await readFully(start, header);
    const keyId = found < HEADER ? undefined : keyIdOf(header);
    if (keyId === undefined) throw await explain(path, false);
    const key = objectKey((await keys.find(keyId)).bytes, header, 'content');
    if (first > 0) {
      await start.close();
      stored = await inner.reader(path, { ...call, offset: HEADER + first * STORED_CHUNK, length: bytes });
      if (stored.size !== start.size || stored.version !== start.version) throw versionChanged(path);
    }
    return { stored, first, key };
  } catch (error) {
    await stored.close();
    throw error;
  }
}
