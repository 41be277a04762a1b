import { StorageError } from '@outrigger/driver';
import { ForeignFileError, STATUS, statusOf } from './errors.js';
import type { Root } from './root.js';
import { directoryOf } from './root.js';
import type { Session } from './session.js';
import { OPEN } from './session.js';

/** Makes directories, and keeps in mind which names are not on disk yet. */
export interface Directories {
  /**
   * Runs `attempt`; when the server answers that there is no such file, makes the directory of `local` and tries again. A
   * few times: somebody may delete the directory meanwhile.
   */
  withParent<T>(session: Session, local: string, attempt: () => Promise<T>): Promise<T>;
  /** Makes the names in `directory` durable, and those of every directory above it, up to the root, that may not be. */
  sync(session: Session, directory: string): Promise<void>;
  /** A directory was renamed or deleted. */
  gone(directory: string): void;
}

const MODE = 0o750;
const MAX_ATTEMPTS = 10;
const MAX_SETTLED = 2048;

/** @param durable - false: nothing is ever synced */
export function createDirectories(root: Root, durable: boolean): Directories {
  /**
   * Directories that were synced, and that no directory was made in since. Whoever commits below others syncs them too: another
   * call may have made the directory a moment ago, or a process that was killed before it synced.
   */
  const settled = new Set<string>();
  let changes = 0;
  let canSync = true;
  let hasSynced = false;

  const make = async (session: Session, directory: string): Promise<void> => {
    const parent = directoryOf(directory);
    try {
      await session.mkdir(directory, MODE);
    } catch (error) {
      if (statusOf(error) !== STATUS.noSuchFile || parent === directory) {
        await requireDirectory(session, directory, error);
        return;
      }
      await make(session, parent);
      await session
        .mkdir(directory, MODE)
        .catch((again: unknown) => requireDirectory(session, directory, again));
    }
    changes++;
    settled.delete(parent);
  };

  const syncOne = async (session: Session, directory: string): Promise<void> => {
    const before = changes;
    const isSynced = await syncDirectory(session, directory);
    // A server that has done it can: this is a fault of the moment, and what is not synced is not durable.
    if (!isSynced && hasSynced)
      throw new StorageError('UNAVAILABLE', 'the server does not make the names in a directory durable now');
    if (isSynced) hasSynced = true;
    else canSync = false;
    if (changes !== before) return;
    if (settled.size >= MAX_SETTLED) settled.clear();
    settled.add(directory);
  };

  return {
    async withParent(session, local, attempt) {
      for (let count = 1; ; count++) {
        try {
          if (count > 1) await make(session, directoryOf(local));
          return await attempt();
        } catch (error) {
          if (statusOf(error) !== STATUS.noSuchFile) throw error;
          if (count === MAX_ATTEMPTS)
            throw new StorageError('UNAVAILABLE', 'the directory is deleted again and again', {
              cause: error,
            });
        }
      }
    },
    async sync(session, directory) {
      if (!durable || !canSync || !session.extensions.fsync) return;
      const above = [...ancestors(directory, root.path)].filter((each) => !settled.has(each));
      await Promise.all([directory, ...above].map((each) => syncOne(session, each)));
    },
    gone(directory) {
      for (const each of settled)
        if (each === directory || each.startsWith(`${directory}/`)) settled.delete(each);
    },
  };
}

/** Somebody else has made it; or something else is there. A link to a directory is the operator's, of the root and above. */
async function requireDirectory(session: Session, directory: string, error: unknown): Promise<void> {
  if (statusOf(error) !== STATUS.permissionDenied && statusOf(error) !== STATUS.failure) throw error;
  const stats = await session.stat(directory).catch(() => {
    throw error;
  });
  if (stats.kind !== 'directory') throw new ForeignFileError('a part of it is not a directory');
}

/**
 * OpenSSH opens a directory as it opens a file, and an fsync of that is one of its names. A directory that is gone has
 * nothing to sync.
 *
 * @returns false when the server cannot do this
 */
async function syncDirectory(session: Session, directory: string): Promise<boolean> {
  let handle: Buffer;
  try {
    handle = await session.open(directory, OPEN.read);
  } catch (error) {
    if (statusOf(error) === undefined) throw error;
    return statusOf(error) === STATUS.noSuchFile;
  }
  const synced = session.fsync(handle);
  session.close(handle).catch(() => undefined);
  try {
    await synced;
    return true;
  } catch (error) {
    if (statusOf(error) === STATUS.badMessage || statusOf(error) === STATUS.unsupported) return false;
    throw error;
  }
}

/** The directories above one, up to the root. */
function* ancestors(directory: string, root: string): Generator<string> {
  for (let above = directory; above !== root && above !== directoryOf(above);) {
    above = directoryOf(above);
    yield above;
  }
}
