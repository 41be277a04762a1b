import type { BigIntStats } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { MAX_PAGE_SIZE, compareNames } from '@outrigger/driver';
import { ForeignFileError, errnoOf } from './errors.js';
import { isOurs } from './file-info.js';
import type { Root } from './root.js';
import { isTemporary } from './temporary-name.js';

export interface DirectoryEntry {
  readonly name: string;
  readonly isDir: boolean;
}

/** Reads the entries of directories that are legal parts of a driver's path, in ascending order of their names. */
export interface DirectoryReader {
  /**
   * @param isTrusted - the directory is known to be reached without a link
   * @throws ForeignFileError, or an error of the system when the directory is absent or none
   */
  read(directory: string, isTrusted?: boolean): Promise<readonly DirectoryEntry[]>;
}

const LEGAL_NAME = /^[A-Za-z0-9._-]+$/;

/** Coarser than the clock of any file system in use: a directory that changed later than this may change unseen. */
const CLOCK_TICK_MS = 2000;
const MAX_SNAPSHOTS = 4;

interface Snapshot {
  readonly stamp: string;
  readonly entries: readonly DirectoryEntry[];
}

/**
 * Directories of more than a page are remembered, a few of them, so that listing one page by page does not read it
 * again for each page. A snapshot holds while the directory's own inode and time of change are the same, and is only
 * taken of a directory that did not change lately.
 */
export function createDirectoryReader(root: Root): DirectoryReader {
  const snapshots = new Map<string, Snapshot>();

  const remember = async (directory: string, entries: readonly DirectoryEntry[], start: number) => {
    const stats = await lstat(directory, { bigint: true });
    if (start - Number(stats.ctimeMs) < CLOCK_TICK_MS) return;
    const [oldest] = snapshots.keys();
    if (snapshots.size >= MAX_SNAPSHOTS && oldest !== undefined) snapshots.delete(oldest);
    snapshots.set(directory, { stamp: stampOf(stats), entries });
  };

  return {
    async read(directory, isTrusted = false) {
      if (!isTrusted && !(await root.isTrusted(directory)))
        throw new ForeignFileError('a symbolic link is in it');
      const known = snapshots.get(directory);
      if (known !== undefined) {
        if (known.stamp === stampOf(await lstat(directory, { bigint: true }))) return known.entries;
        snapshots.delete(directory);
      }
      const start = Date.now();
      const entries = await readEntries(directory);
      if (entries.length > MAX_PAGE_SIZE) await remember(directory, entries, start);
      return entries;
    },
  };
}

/** Whether an error says that a directory is not there (any more). */
export function isAbsent(error: unknown): boolean {
  return error instanceof ForeignFileError || ['ENOENT', 'ENOTDIR', 'ELOOP'].includes(errnoOf(error) ?? '');
}

/** Index of the first entry whose name is greater than `name`. */
export function indexAfter(entries: readonly DirectoryEntry[], name: string): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const entry = entries[middle];
    if (entry !== undefined && compareNames(entry.name, name) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

async function readEntries(directory: string): Promise<DirectoryEntry[]> {
  const found = await readdir(directory, { withFileTypes: true });
  return found
    .filter((entry) => isOurs(entry) && LEGAL_NAME.test(entry.name) && !isTemporary(entry.name))
    .map((entry) => ({ name: entry.name, isDir: entry.isDirectory() }))
    .sort((a, b) => compareNames(a.name, b.name));
}

function stampOf(stats: BigIntStats): string {
  return `${String(stats.dev)}-${String(stats.ino)}-${String(stats.ctimeNs)}`;
}
