import type { BigIntStats } from 'node:fs';
import { constants, fstatSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { lstat, open } from 'node:fs/promises';
import type { NamedContent } from './content-path.js';
import type { EntryFacts } from './entry-format.js';
import { CHUNK, TRAILER_SIZE, chunksOf, decodeTable, decodeTrailer, fileSize } from './entry-format.js';
import { CacheFault, readExactly, readVerified } from './read-verified.js';

/** Content of the cache, open. */
export interface Entry extends EntryFacts {
  /**
   * Bytes from `position` on, at least 1.
   *
   * @param end - of what is wanted, within the content
   * @throws CacheFault, and errors of the system: the cache does not have it after all
   */
  read(into: Uint8Array, position: number, end: number): Promise<number>;
  close(): Promise<void>;
}

/** Which files were read whole and found right, in the state that they were in then. */
export interface Trust {
  /** @param state - of the file: any write to it changes it */
  has(state: string): boolean;
  add(state: string): void;
}

/** @throws CacheFault the file is not what it should be; errors of the system, ENOENT among them */
export async function openEntry(file: string, content: NamedContent, trust: Trust): Promise<Entry> {
  const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stats = await handle.stat({ bigint: true });
    if (!stats.isFile()) throw new CacheFault('no file');
    return createEntry(handle, await readFacts(handle, Number(stats.size), content), trust, stats);
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** What the system tells of a file that a write to it, or another file in its place, changes; its use does not. */
function stateOf({ dev, ino, size, mtimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs].join('-');
}

/** As {@link stateOf}, of a file by its path. */
export async function stateAt(file: string): Promise<string> {
  return stateOf(await lstat(file, { bigint: true }));
}

async function readFacts(handle: FileHandle, length: number, content: NamedContent): Promise<EntryFacts> {
  const trailer = Buffer.alloc(TRAILER_SIZE);
  if (length < TRAILER_SIZE) throw new CacheFault('too short');
  await readExactly(handle, trailer, length - TRAILER_SIZE);
  const found = decodeTrailer(trailer, content);
  if (found === undefined || fileSize(found.size) !== length) throw new CacheFault('no trailer');
  const table = Buffer.alloc(chunksOf(found.size) * 4);
  await readExactly(handle, table, found.size);
  const sums = decodeTable(table, found.tableSum);
  if (sums === undefined) throw new CacheFault('the sums are not those of the trailer');
  return { size: found.size, modTime: found.modTime, sums };
}

function createEntry(handle: FileHandle, facts: EntryFacts, trust: Trust, stats: BigIntStats): Entry {
  const { size, sums } = facts;
  const state = stateOf(stats);
  let isTrusted = trust.has(state);
  let spare: Uint8Array | undefined;
  /** Up to where all was checked, read from the start. */
  let checked = 0;
  // An inode that is open is in memory: this waits for no disk.
  const isUnchanged = () => stateOf(fstatSync(handle.fd, { bigint: true })) === state;

  return {
    ...facts,
    async read(into, position, end) {
      if (isTrusted) {
        const part = into.subarray(0, Math.min(into.length, end - position));
        const { bytesRead } = await handle.read(part, 0, part.length, position);
        // After the read, so that no write comes between.
        if (bytesRead > 0 && isUnchanged()) return bytesRead;
        isTrusted = false;
      }
      const count = await readVerified(
        { handle, size, sums },
        into,
        { position, end },
        () => (spare ??= new Uint8Array(CHUNK)),
      );
      if (position <= checked) checked = Math.max(checked, position + count);
      if (checked === size && isUnchanged()) trust.add(state);
      return count;
    },
    close: () => handle.close(),
  };
}
