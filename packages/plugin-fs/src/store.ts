import type { Directories } from './directories.js';
import type { DirectoryReader } from './read-directory.js';
import type { Root } from './root.js';

/** What every operation works on. */
export interface Store {
  readonly root: Root;
  readonly directories: Directories;
  readonly entries: DirectoryReader;
  /** False: nothing is synced. */
  readonly durable: boolean;
}
