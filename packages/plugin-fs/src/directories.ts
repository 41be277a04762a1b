import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { StorageError } from '@outrigger/driver';
import { errnoOf } from './errors.js';
import type { Root } from './root.js';
import { syncDirectory } from './sync-directory.js';

/** Makes directories, and keeps in mind which names are not on disk yet. */
export interface Directories {
  /**
   * Runs `attempt`; when it fails with ENOENT because the directory of `local` is absent, makes that and tries again. A
   * few times: somebody may delete the directory meanwhile.
   */
  withParent<T>(local: string, attempt: () => Promise<T>): Promise<T>;
  /** Makes the names in `directory` durable, and those of every directory above it that this driver has made. */
  sync(directory: string): Promise<void>;
  /** A directory was renamed. */
  moved(source: string, destination: string): void;
  /** A directory was deleted. */
  deleted(directory: string): void;
}

const MAX_ATTEMPTS = 10;

/** @param durable - false: nothing is ever synced */
export function createDirectories(root: Root, durable: boolean): Directories {
  /**
   * Directories in which a directory was made and not synced yet, with the number of the latest change. Whoever
   * commits below one of them syncs it, also when another call made it: without that the second of two parallel
   * puts could be acknowledged before its parents are on disk. (Another process's new parents are its own matter.)
   */
  const unsynced = new Map<string, number>();
  let changes = 0;

  const make = async (directory: string): Promise<void> => {
    const parent = dirname(directory);
    await root.checkDirectory(parent).catch(async (error: unknown) => {
      if (errnoOf(error) !== 'ENOENT' || directory === root.path) throw error;
      await make(parent);
      await root.checkDirectory(parent);
    });
    if (durable) unsynced.set(parent, ++changes);
    try {
      await mkdir(directory, 0o750);
      // Again: somebody may have synced the parent before the directory was in it.
      if (durable) unsynced.set(parent, ++changes);
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST') throw error;
    }
  };

  const syncOne = async (directory: string): Promise<void> => {
    const change = unsynced.get(directory);
    await syncDirectory(directory);
    if (unsynced.get(directory) === change) unsynced.delete(directory);
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
    async sync(directory) {
      if (!durable) return;
      const above = [...ancestors(directory)].filter((ancestor) => unsynced.has(ancestor));
      await Promise.all([directory, ...above].map(syncOne));
    },
    moved(source, destination) {
      for (const directory of below(unsynced, source)) {
        unsynced.delete(directory);
        unsynced.set(destination + directory.slice(source.length), ++changes);
      }
    },
    deleted(directory) {
      for (const gone of below(unsynced, directory)) unsynced.delete(gone);
    },
  };
}

function* ancestors(directory: string): Generator<string> {
  for (let above = dirname(directory); ; above = dirname(above)) {
    yield above;
    if (above === dirname(above)) return;
  }
}

function below(unsynced: ReadonlyMap<string, number>, directory: string): string[] {
  return [...unsynced.keys()].filter((name) => name === directory || name.startsWith(`${directory}/`));
}
