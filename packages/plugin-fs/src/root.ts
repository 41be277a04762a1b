import { readlinkSync, realpath } from 'node:fs';
import { mkdir, realpath as resolvePath } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { InvalidParametersError } from '@outrigger/driver';
import { DRIVER_NAME } from './config.js';
import { ForeignFileError, errnoOf } from './errors.js';
import { syncDirectory } from './sync-directory.js';

/** How long a directory that was found to be inside is trusted for `stat`, `list` and `walk`. */
const TRUST_MS = 1000;
const MAX_TRUSTED = 4096;

/**
 * The directory that holds everything, and the promise that nothing outside of it is touched (no symbolic link below
 * the root is followed, not even one that leads back inside).
 *
 * Node has no openat2(RESOLVE_BENEATH). What is opened is therefore checked after the open by what the descriptor
 * really is, which cannot be raced: content outside is never read or written. Names are checked by resolving their
 * directory first: somebody who may write into the store could swap a directory for a link between that and the
 * rename, unlink, mkdir, stat or listing that follows. Such a user owns the store's content anyway.
 */
export interface Root {
  /** Absolute, without symbolic links. */
  readonly path: string;
  /** The local path of a driver's path. */
  local(path: string): string;
  /** @throws ForeignFileError when an open file is not the one that its local path names, below the root */
  checkOpen(fd: number, local: string): Promise<void>;
  /** Whether a local directory is reached without a link; true when it is absent. Remembered for a second. Never rejects. */
  isTrusted(directory: string): boolean | Promise<boolean>;
  /**
   * The same, resolved now.
   *
   * @throws ForeignFileError, or an error of the system when the directory is absent
   */
  checkDirectory(directory: string): Promise<void>;
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
    if (durable && firstMade !== undefined) await syncDownTo(dirname(firstMade), wanted);
    return createRoot(await resolvePath(wanted));
  } catch (error) {
    const reason = `cannot be made or opened (${errnoOf(error) ?? 'unknown error'})`;
    throw new InvalidParametersError(DRIVER_NAME, [{ key: 'rootdirectory', message: reason }]);
  }
}

function createRoot(path: string): Root {
  const prefix = path === '/' ? '' : path;
  const trusted = new Map<string, number>();

  const checkDirectory = async (directory: string) => {
    if ((await realPath(directory)) !== directory) throw new ForeignFileError('a symbolic link is in it');
  };
  const checkOpen = async (fd: number, local: string) => {
    const opened = openedPath(fd);
    if (opened === local) return;
    // Renamed or deleted since the open, or reached through a link; or there is no /proc.
    if (opened?.startsWith(`${prefix}/`) === false)
      throw new ForeignFileError('it leads outside of the root');
    await checkDirectory(dirname(local));
  };
  const isTrusted = (directory: string) => {
    const now = performance.now();
    if ((trusted.get(directory) ?? 0) > now) return true;
    return checkDirectory(directory).then(
      () => {
        if (trusted.size >= MAX_TRUSTED) trusted.clear();
        trusted.set(directory, now + TRUST_MS);
        return true;
      },
      (error: unknown) => !(error instanceof ForeignFileError),
    );
  };
  return {
    path,
    local: (name) => (name === '/' ? path : prefix + name),
    checkOpen,
    isTrusted,
    checkDirectory,
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

/** By the C library: Node's own realpath makes a call for each part. */
function realPath(path: string): Promise<string> {
  return new Promise((done, fail) => {
    realpath.native(path, (error, resolved) => {
      if (error === null) done(resolved);
      else fail(error);
    });
  });
}

async function syncDownTo(first: string, last: string): Promise<void> {
  for (let directory = dirname(last); ; directory = dirname(directory)) {
    await syncDirectory(directory);
    if (directory === first || directory === dirname(directory)) return;
  }
}
