import { createHash } from 'node:crypto';
import type { CallOptions, StorageDriver } from '@outrigger/driver';
import { baseName, isStorageError, joinPath, parentPath } from '@outrigger/driver';
import { notAuthentic } from './errors.js';
import { HEADER, createHeader, keyIdOf, objectKey, openWhole, sealWhole } from './format.js';
import type { Keyring } from './keys.js';

/** What a writer that was closed without a commit leaves beside its path, so that another one can go on. */
export interface Tail {
  /** Of the object. */
  readonly header: Buffer;
  /** Full chunks that are stored. */
  readonly chunks: number;
  /** Content behind them, less than a chunk or a whole one. */
  readonly rest: Buffer;
}

/** Names that are never shown. */
const PREFIX = '.outrigger-tail-';

export function isTailPath(path: string): boolean {
  return path.includes(`/${PREFIX}`);
}

/** In the same directory, so that it goes where that goes. */
export function tailPath(path: string): string {
  const name = createHash('sha256').update(baseName(path)).digest('hex').slice(0, 32);
  return joinPath(parentPath(path), PREFIX + name);
}

export interface Tails {
  read(path: string, options?: CallOptions): Promise<Tail | undefined>;
  write(path: string, tail: Tail): Promise<void>;
  /** Whether there was one. */
  remove(path: string, options?: CallOptions): Promise<boolean>;
  exists(path: string): Promise<boolean>;
}

export function createTails(inner: StorageDriver, keys: Keyring): Tails {
  return {
    async read(path, options) {
      const stored = await orAbsent(inner.get(tailPath(path), options));
      if (stored === undefined) return undefined;
      const bytes = Buffer.from(stored.buffer, stored.byteOffset, stored.length);
      const keyId = keyIdOf(bytes);
      if (keyId === undefined) throw notAuthentic(path);
      const header = bytes.subarray(0, HEADER);
      const plain = openWhole(objectKey((await keys.find(keyId)).bytes, header, 'upload'), bytes);
      if (plain === undefined || plain.length < 8 + HEADER) throw notAuthentic(path);
      return {
        chunks: Number(plain.readBigUInt64BE()),
        header: plain.subarray(8, 8 + HEADER),
        rest: plain.subarray(8 + HEADER),
      };
    },
    async write(path, { header, chunks, rest }) {
      const count = Buffer.alloc(8);
      count.writeBigUInt64BE(BigInt(chunks));
      const { id, bytes } = keys.current();
      const own = createHeader(id);
      const stored = sealWhole(objectKey(bytes, own, 'upload'), own, Buffer.concat([count, header, rest]));
      await inner.put(tailPath(path), stored);
    },
    async remove(path, options) {
      return (await orAbsent(inner.delete(tailPath(path), options).then(() => true))) === true;
    },
    async exists(path) {
      return (await orAbsent(inner.stat(tailPath(path)))) !== undefined;
    },
  };
}

async function orAbsent<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (isStorageError(error, 'PATH_NOT_FOUND')) return undefined;
    throw error;
  }
}
