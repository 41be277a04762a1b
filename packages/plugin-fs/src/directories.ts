import { dirname } from 'node:path';
import { StorageError } from '@outrigger/driver';
import { errnoOf } from './errors.js';
import { createNameBarrier } from './name-barrier.js';
import type { Root } from './root.js';
import { syncDirectory } from './sync-directory.js';

/** Makes directories, and keeps in mind which names are not on disk yet. */
export interface Directories {
  /**
   * Runs `attempt`; when it fails with ENOENT because the directory of `local` is absent, makes that and tries again. A
   * few times: somebody may delete the directory meanwhile.
   */
  withParent<T>(local: string, attempt: () => Promise<T>): Promise<T>;
  /**
   * Makes the names in `directory` durable, and those of every directory above it, up to the root, that may not be.
   *
   * @param dev - of the file system that it is on, where that is known: on the root's own one sync may serve many
   */
  sync(directory: string, dev?: bigint): Promise<void>;
  /** A directory was renamed. */
  moved(source: string, destination: string): void;
  /** A directory was deleted. */
  deleted(directory: string): void;
  close(): Promise<void>;
}

const MAX_ATTEMPTS = 10;
const MAX_SETTLED = 2048;

/** @param durable - false: nothing is ever synced */
export function createDirectories(root: Root, durable: boolean): Directories {
  /**
   * Directories in which a directory was made and not synced yet, with the number of the latest change. Whoever
   * commits below one of them syncs it, also when another call made it: without that the second of two parallel
   * puts could be acknowledged before its parents are on disk. (The new parents of another process are its own matter
   * while it runs.)
   */
  const unsynced = new Map<string, number>();
  /**
   * Directories that were synced once. A process that was killed may have left new ones in the others: whoever finds
   * them there would not make them again, and so not sync them.
   */
  const settled = new Set<string>();
  let changes = 0;
  const barrier = createNameBarrier(root.disk, root.path);

  const make = async (directory: string): Promise<void> => {
    const parent = dirname(directory);
    await root.requireTrusted(parent);
    if (durable) unsynced.set(parent, ++changes);
    try {
      await root.disk.mkdir(directory, 0o750);
      root.trust(directory);
      // Again: somebody may have synced the parent before the directory was in it.
      if (durable) unsynced.set(parent, ++changes);
    } catch (error) {
      const code = errnoOf(error);
      if (code === 'EEXIST') return;
      if (code !== 'ENOENT' || directory === root.path) throw error;
      await make(parent);
      await make(directory);
    }
  };

  const syncOne = async (directory: string): Promise<void> => {
    const change = unsynced.get(directory);
    await syncDirectory(root.disk, directory);
    if (unsynced.get(directory) === change) unsynced.delete(directory);
    if (settled.size >= MAX_SETTLED) settled.clear();
    settled.add(directory);
  };

  return {
    async withParent(local, attempt) {
      for (let count = 1; ; count++) {
        try {
          if (count > 1) await make(dirname(local));
          return await attempt();
        } catch (error) {
          if (errnoOf(error) !== 'ENOENT') throw error;
          if (count === MAX_ATTEMPTS)
            throw new StorageError('UNAVAILABLE', 'the directory is deleted again and again', {
              cause: error,
            });
        }
      }
    },
    async sync(directory, dev) {
      if (!durable) return;
      if (root.disk.hasJournal && dev === root.dev) {
        await barrier.pass();
        return;
      }
      const above = root.disk.ordersNames
        ? []
        : [...ancestors(directory, root.path)].filter(
            (ancestor) => unsynced.has(ancestor) || !settled.has(ancestor),
          );
      await Promise.all([directory, ...above].map(syncOne));
    },
    moved(source, destination) {
      for (const directory of below(unsynced.keys(), source)) {
        unsynced.delete(directory);
        unsynced.set(destination + directory.slice(source.length), ++changes);
      }
      for (const directory of below(settled, source)) {
        settled.delete(directory);
        settled.add(destination + directory.slice(source.length));
      }
    },
    deleted(directory) {
      for (const gone of below(unsynced.keys(), directory)) unsynced.delete(gone);
      for (const gone of below(settled, directory)) settled.delete(gone);
    },
    close: () => barrier.close(),
  };
}

/** The directories above one, up to the root. */
function* ancestors(directory: string, root: string): Generator<string> {
  for (let above = directory; above !== root && above !== dirname(above);) {
    above = dirname(above);
    yield above;
  }
}

function below(directories: Iterable<string>, directory: string): string[] {
  return [...directories].filter((name) => name === directory || name.startsWith(`${directory}/`));
}
