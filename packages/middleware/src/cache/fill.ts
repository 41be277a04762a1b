import { createHash, randomUUID } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { mkdir, open, rename, unlink, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { NamedContent } from './content-path.js';
import { CHUNK, encodeEnd } from './entry-format.js';
import type { SummedFile } from './read-verified.js';

/** Why content did not come into the cache. `mismatch`: it is not what its digest says. */
export type FillFailure = 'abandoned' | 'mismatch' | 'slow' | 'system';

/** Content on its way into the cache. Whoever gives it bytes never waits for the disk. */
export interface Fill extends Omit<SummedFile, 'handle'> {
  /** There when there are sums. */
  readonly handle: FileHandle | undefined;
  /** Of the system, where one was the reason. */
  readonly cause: unknown;
  /** Takes the next bytes, which it copies. */
  readonly push: (bytes: Uint8Array) => void;
  /** All were given: checks the digest, and gives the file its name. Says what went wrong. Never rejects. */
  finish(): Promise<FillFailure | undefined>;
  /** Gives up, and leaves nothing. */
  abandon(): void;
  /** Resolves when there are more sums than `count`, or there will be none any more: then it answers false. */
  readonly sumsBeyond: (count: number) => Promise<boolean>;
  /** Keeps the file readable until the answer is called. Undefined: it is too late. */
  readonly share: () => (() => void) | undefined;
}

export interface FillOptions {
  readonly content: NamedContent;
  readonly size: number;
  readonly modTime: Date;
  /** Where the file is to be in the end. */
  readonly file: string;
  /** For what is half-written. */
  readonly temporaries: string;
  /** Bytes that wait for the disk at the most: beyond it the disk is too slow. */
  readonly buffer: number;
}

/** Never waits: the file is made while the first bytes come. */
export function beginFill(options: FillOptions): Fill {
  const { content, size, modTime, file, temporaries, buffer } = options;
  const temporary = join(temporaries, randomUUID());
  const hash = createHash(content.algorithm);
  const sums: number[] = [];
  let sum = 0;
  let taken = 0;
  let written = 0;
  let waiting = 0;
  let holders = 1;
  let failure: FillFailure | undefined;
  let isDone = false;
  let isFinishing = false;
  let cause: unknown;
  let handle: FileHandle | undefined;
  let news = Promise.withResolvers<undefined>();

  const tell = () => {
    news.resolve(undefined);
    news = Promise.withResolvers();
  };
  const release = () => {
    holders--;
    if (holders === 0) handle?.close().catch(() => undefined);
  };
  const fail = (why: FillFailure, error?: unknown) => {
    if (failure !== undefined || isDone) return;
    failure = why;
    cause = error;
    tell();
    void writing
      .then(() => unlink(temporary))
      .catch(() => undefined)
      .finally(release);
  };
  /** In whole chunks, as they come to lie in the file. */
  const addSums = (bytes: Uint8Array) => {
    for (let at = 0; at < bytes.length;) {
      const inChunk = written % CHUNK;
      const piece = bytes.subarray(at, at + CHUNK - inChunk);
      sum = crc32(piece, inChunk === 0 ? 0 : sum);
      at += piece.length;
      written += piece.length;
      if (written % CHUNK === 0 || written === size) sums.push(sum);
    }
  };
  const write = async (bytes: Uint8Array, position: number) => {
    try {
      if (failure !== undefined || handle === undefined) return;
      await writeExactly(handle, bytes, position);
      hash.update(bytes);
      addSums(bytes);
      tell();
    } catch (error) {
      fail('system', error);
    } finally {
      waiting -= bytes.length;
    }
  };
  const publish = async () => {
    if (failure !== undefined || handle === undefined) return;
    if (written !== size || hash.digest('hex') !== content.hex) {
      fail('mismatch');
      return;
    }
    try {
      const end = encodeEnd(content, { size, modTime, sums: Uint32Array.from(sums) });
      await writeExactly(handle, end, size);
      const now = Date.now() / 1000;
      // Whole seconds can be set again when the file is used, and any write makes them others.
      await utimes(temporary, now, Math.floor(now) - 1);
      await mkdir(dirname(file), { recursive: true, mode: 0o700 });
      await rename(temporary, file);
      isDone = true;
      tell();
      release();
    } catch (error) {
      fail('system', error);
    }
  };
  let writing = createFile(temporary).then(
    (created) => void (handle = created),
    (error: unknown) => fail('system', error),
  );

  return {
    size,
    sums,
    get handle() {
      return handle;
    },
    get cause() {
      return cause;
    },
    push(bytes) {
      if (failure !== undefined) return;
      if (waiting + bytes.length > buffer && waiting > 0) {
        fail('slow');
        return;
      }
      if (taken + bytes.length > size) {
        fail('mismatch');
        return;
      }
      const copy = Uint8Array.from(bytes);
      const position = taken;
      taken += copy.length;
      waiting += copy.length;
      writing = writing.then(() => write(copy, position));
    },
    async finish() {
      isFinishing = true;
      if (failure === undefined) await (writing = writing.then(publish));
      return failure;
    },
    abandon() {
      if (!isFinishing) fail('abandoned');
    },
    async sumsBeyond(count) {
      while (sums.length <= count) {
        if (failure !== undefined || isDone) return false;
        await news.promise;
      }
      return true;
    },
    share() {
      if (holders === 0 || failure !== undefined) return undefined;
      holders++;
      let isHeld = true;
      return () => {
        if (isHeld) release();
        isHeld = false;
      };
    },
  };
}

/** The directory may have been deleted since it was used last. */
async function createFile(path: string): Promise<FileHandle> {
  const create = () => open(path, 'wx+', 0o600);
  try {
    return await create();
  } catch {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    return create();
  }
}

async function writeExactly(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}
