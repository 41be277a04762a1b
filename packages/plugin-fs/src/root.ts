import { readlinkSync } from 'node:fs';
import { mkdir, realpath } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { InvalidParametersError } from '@outrigger/driver';
import { DRIVER_NAME } from './config.js';
import type { Disk, Soon } from './disk.js';
import { openDisk } from './disk.js';
import { ForeignFileError, errnoOf } from './errors.js';
import { syncDirectory } from './sync-directory.js';

/** How long a directory that was found to be inside is trusted. */
const TRUST_MS = 1000;
const MAX_TRUSTED = 4096;

/**
 * The directory that holds everything, and the promise that nothing outside of it is touched (no symbolic link below
 * the root is followed, not even one that leads back inside).
 *
 * Node has no openat2(RESOLVE_BENEATH). What is opened is therefore checked after the open by what the descriptor
 * really is, which cannot be raced: content outside is never read or written. Names are checked by resolving their
 * directory, at most a second before: somebody who may write into the store could swap a directory for a link between
 * that and the rename, unlink, mkdir, stat or listing that follows. Such a user owns the store's content anyway.
 */
export interface Root {
  /** Absolute, without symbolic links. */
  readonly path: string;
  /** Of its file system. What lies below may be on others. */
  readonly dev: bigint;
  readonly disk: Disk;
  /** The local path of a driver's path. */
  local(path: string): string;
  /** @throws ForeignFileError when an open file is not the one that its local path names; or an error of the system when it is gone */
  checkOpen(fd: number, local: string): Soon<void>;
  /** Whether a local directory is reached without a link; true when it is absent. Remembered for a second. Never rejects. */
  isTrusted(directory: string): Soon<boolean>;
  /** @throws ForeignFileError when a local directory is reached through a link */
  requireTrusted(directory: string): Promise<void>;
  /** A directory that was made a moment ago is no link. */
  trust(directory: string): void;
}

/**
 * Makes the root if it is missing, and resolves it.
 *
 * @param durable - sync what was made
 * @throws InvalidParametersError
 */
export async function openRoot(directory: string, durable: boolean): Promise<Root> {
  try {
    const wanted = resolve(directory);
    const firstMade = await mkdir(wanted, { recursive: true, mode: 0o750 });
    const path = await realpath(wanted);
    const disk = await openDisk(path);
    const { dev } = await disk.lstat(path);
    if (durable && firstMade !== undefined) await syncDownTo(disk, dirname(firstMade), wanted);
    return createRoot(path, dev, disk);
  } catch (error) {
    const reason = `cannot be made or opened (${errnoOf(error) ?? 'unknown error'})`;
    throw new InvalidParametersError(DRIVER_NAME, [{ key: 'rootdirectory', message: reason }]);
  }
}

function createRoot(path: string, dev: bigint, disk: Disk): Root {
  const prefix = path === '/' ? '' : path;
  const trusted = new Map<string, number>();

  const trust = (directory: string) => {
    if (trusted.size >= MAX_TRUSTED) trusted.clear();
    trusted.set(directory, performance.now() + TRUST_MS);
  };
  const isTrusted = (directory: string): Soon<boolean> =>
    // What lies above the root is the operator's.
    !directory.startsWith(`${prefix}/`) ||
    (trusted.get(directory) ?? 0) > performance.now() ||
    look(directory);
  /** From the nearest trusted directory above it down. */
  const look = async (directory: string): Promise<boolean> => {
    if (!(await isTrusted(dirname(directory)))) return false;
    try {
      const stats = await disk.lstat(directory);
      if (stats.isDirectory()) trust(directory);
      return !stats.isSymbolicLink();
    } catch {
      // Absent, or not to be looked at: whatever is done there fails by itself.
      return true;
    }
  };
  const requirePlain = async (directory: string) => {
    if ((await disk.realpath(directory)) !== directory)
      throw new ForeignFileError('a symbolic link is in it');
  };
  const requireTrusted = async (directory: string) => {
    if (!(await isTrusted(directory))) throw new ForeignFileError('a symbolic link is in it');
  };
  const checkOpen = (fd: number, local: string) => {
    const opened = openedPath(fd);
    if (opened === local) return undefined;
    // Renamed or deleted since the open, or reached through a link; or there is no /proc.
    if (opened?.startsWith(`${prefix}/`) === false)
      throw new ForeignFileError('it leads outside of the root');
    return requirePlain(dirname(local));
  };
  return {
    path,
    dev,
    disk,
    local: (name) => (name === '/' ? path : prefix + name),
    checkOpen,
    isTrusted,
    requireTrusted,
    trust,
  };
}

/** What a descriptor refers to by now. Synchronous, because procfs never waits for a disk (about 4 us). */
function openedPath(fd: number): string | undefined {
  try {
    return readlinkSync(`/proc/self/fd/${String(fd)}`);
  } catch {
    return undefined;
  }
}

async function syncDownTo(disk: Disk, first: string, last: string): Promise<void> {
  for (let directory = dirname(last); ; directory = dirname(directory)) {
    await syncDirectory(disk, directory);
    if (directory === first || directory === dirname(directory)) return;
  }
}
