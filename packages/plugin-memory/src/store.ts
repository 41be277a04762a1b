import { randomUUID } from 'node:crypto';
import type { Content } from './content.js';
import type { Tree } from './tree.js';
import { createTree } from './tree.js';

/** All that the driver keeps. */
export interface Store {
  readonly tree: Tree;
  /** Content that a writer closed without a commit, by its path. Nobody sees it; an append continues it. */
  readonly uploads: Map<string, Content>;
  /**
   * Puts content at a path.
   *
   * @throws StorageError INVALID_PATH
   */
  commit(path: string, content: Content): void;
}

export function createStore(): Store {
  const tree = createTree();
  // A version must not name other bytes after a restart.
  const instance = randomUUID();
  let count = 0;
  return {
    tree,
    uploads: new Map(),
    commit(path, content) {
      const version = `${instance}-${String(++count)}`;
      tree.set(path, { content, size: content.size, modTime: new Date(), version });
    },
  };
}
