import { isStorageError, type StorageDriver } from '@outrigger/driver';
import type { Content } from './content.js';
import { createContent } from './content.js';
import { createRandom, type Random } from './random.js';

/** Names and contents for one case. Everything below a name that it gave out is removed after the case. */
export interface Scratch {
  readonly random: Random;
  /** A new directory name of one part. */
  directory(): string;
  /** A new path of three parts, in a directory of its own. */
  path(): string;
  /** A path that the case chose itself. */
  claim(path: string): string;
  content(size: number): Content;
  /** The names so far, each of one part. */
  claimed(): string[];
  /** Removes what lies at the claimed names. */
  cleanUp(driver: StorageDriver, signal?: AbortSignal): Promise<void>;
}

export function createScratch(seed: number): Scratch {
  const random = createRandom(seed);
  const claimed = new Set<string>();
  const claim = (path: string) => {
    claimed.add(`/${path.split('/')[1] ?? ''}`);
    return path;
  };
  const directory = () => claim(`/${random.word(random.integer(8, 16))}`);
  return {
    random,
    claim,
    directory,
    path: () => `${directory()}/${random.word(9)}/${random.word(8)}`,
    content: (size) => createContent(random.integer(1, 2 ** 31), size),
    claimed: () => [...claimed],
    async cleanUp(driver, signal) {
      for (const path of claimed) {
        try {
          await driver.delete(path, { signal });
        } catch (error) {
          if (!isStorageError(error, 'PATH_NOT_FOUND')) throw error;
        }
      }
    },
  };
}
