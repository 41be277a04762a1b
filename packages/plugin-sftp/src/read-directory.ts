import { MAX_PAGE_SIZE, compareNames } from '@outrigger/driver';
import { ForeignFileError } from './errors.js';
import type { Handle, NamedStats, Session } from './session.js';
import { isTemporary } from './temporary-name.js';

export interface DirectoryEntry {
  readonly name: string;
  readonly isDir: boolean;
  /** As of the reading; absent where that was a while ago. */
  readonly size?: number;
  readonly modTime?: Date;
}

/** Reads the entries of directories that are legal parts of a driver's path, in ascending order of their names. */
export interface DirectoryReader {
  /** @throws ForeignFileError for a link; or the server's error when the directory is absent or none */
  read(session: Session, directory: string): Promise<readonly DirectoryEntry[]>;
}

const LEGAL_NAME = /^[A-Za-z0-9._-]+$/;

/** Times have whole seconds, and the clock of the server may differ from ours: a directory that changed later than this may change unseen. */
const UNSURE_MS = 60_000;
const MAX_SNAPSHOTS = 4;

interface Snapshot {
  readonly changed: number;
  readonly entries: readonly DirectoryEntry[];
}

/**
 * Directories of more than a page are remembered, a few of them, so that listing one page by page does not read it
 * again for each page. A snapshot holds while the directory's own time of change is the same, and is only taken of a
 * directory that did not change lately.
 */
export function createDirectoryReader(): DirectoryReader {
  const snapshots = new Map<string, Snapshot>();

  const remember = (directory: string, snapshot: Snapshot) => {
    const [oldest] = snapshots.keys();
    if (snapshots.size >= MAX_SNAPSHOTS && oldest !== undefined) snapshots.delete(oldest);
    snapshots.set(directory, snapshot);
  };

  return {
    async read(session, directory) {
      const known = snapshots.get(directory);
      if (known !== undefined) {
        const { kind, modTime } = await session.lstat(directory);
        if (kind === 'directory' && +modTime === known.changed) return known.entries;
        snapshots.delete(directory);
      }
      const [{ kind, modTime }, found] = await lookAndRead(session, directory);
      if (kind !== 'directory') throw new ForeignFileError('it is not a directory');
      const entries = toEntries(found);
      if (entries.length > MAX_PAGE_SIZE && Date.now() - +modTime > UNSURE_MS)
        remember(directory, {
          changed: +modTime,
          entries: entries.map(({ name, isDir }) => ({ name, isDir })),
        });
      return entries;
    },
  };
}

/** Everything in a directory but `.` and `..`, in no order. */
export async function readAllEntries(session: Session, directory: string): Promise<NamedStats[]> {
  return readOpen(session, await session.opendir(directory));
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

/** The look at the directory is before the reading, so that a change between them is seen later. */
async function lookAndRead(session: Session, directory: string) {
  const [looked, opened] = await Promise.allSettled([session.lstat(directory), session.opendir(directory)]);
  if (opened.status === 'rejected') throw opened.reason;
  const entries = await readOpen(session, opened.value);
  if (looked.status === 'rejected') throw looked.reason;
  return [looked.value, entries] as const;
}

/** Requests for the next entries that are under way at a time. */
const AHEAD = 4;

async function readOpen(session: Session, handle: Handle): Promise<NamedStats[]> {
  const entries: NamedStats[] = [];
  try {
    for (let isOver = false; !isOver;) {
      const parts = await Promise.all(Array.from({ length: AHEAD }, () => session.readdir(handle)));
      for (const part of parts) entries.push(...(part ?? []));
      isOver = parts.includes(undefined);
    }
    return entries;
  } finally {
    session.close(handle).catch(() => undefined);
  }
}

function toEntries(found: readonly NamedStats[]): DirectoryEntry[] {
  return found
    .filter(({ name, kind }) => kind !== 'other' && LEGAL_NAME.test(name))
    .filter(({ name }) => !isTemporary(name))
    .map(({ name, kind, size, modTime }) => ({ name, isDir: kind === 'directory', size, modTime }))
    .sort((a, b) => compareNames(a.name, b.name));
}
