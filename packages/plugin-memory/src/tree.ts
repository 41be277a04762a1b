import { compareNames, invalidPath } from '@outrigger/driver';
import type { Content } from './content.js';

/** Committed content. It never changes: a change puts another file in its place. */
export interface File {
  readonly content: Content;
  readonly size: number;
  readonly modTime: Date;
  readonly version: string;
}

/** A directory lives as long as it has children; only the root may be empty. */
export interface Directory {
  readonly children: ReadonlyMap<string, TreeNode>;
  readonly modTime: Date;
  /** Names of the children in byte order. */
  readonly names: readonly string[];
}

export type TreeNode = File | Directory;

export function isDirectory(node: TreeNode | undefined): node is Directory {
  return node !== undefined && 'children' in node;
}

/** Files and directories by their paths. */
export interface Tree {
  find(path: string): TreeNode | undefined;
  /**
   * Puts a node at a path, making its parents.
   *
   * @throws StorageError INVALID_PATH when a directory is there, or a file where a directory is needed
   */
  set(path: string, node: TreeNode): void;
  /** @throws StorageError as {@link Tree.set} would */
  checkSet(path: string): void;
  /** Takes out what is at a path, and the parents that it leaves empty. */
  remove(path: string): void;
}

export function createTree(): Tree {
  const root = createDirectory();

  const find = (path: string): TreeNode | undefined => {
    let node: TreeNode | undefined = root;
    for (const name of partsOf(path)) node = isDirectory(node) ? node.children.get(name) : undefined;
    return node;
  };
  const checkSet = (path: string): void => {
    let node: TreeNode | undefined = root;
    for (const name of partsOf(path)) {
      if (node === undefined) return;
      if (!isDirectory(node)) throw invalidPath(path, 'a part of it is not a directory');
      node = node.children.get(name);
    }
    if (isDirectory(node)) throw invalidPath(path, 'a directory is there');
  };

  return {
    find,
    checkSet,
    set(path, node) {
      checkSet(path);
      const parts = partsOf(path);
      const name = parts.pop() ?? '';
      let parent = root;
      for (const part of parts) parent = parent.enter(part);
      parent.set(name, node);
    },
    remove(path) {
      const parts = partsOf(path);
      const name = parts.pop() ?? '';
      const parents = [root];
      for (const part of parts) {
        const next = parents.at(-1)?.children.get(part);
        if (!isMutable(next)) return;
        parents.push(next);
      }
      for (let i = parents.length - 1; i >= 0; i--) {
        parents[i]?.delete(parts[i] ?? name);
        if (parents[i]?.children.size !== 0) return;
      }
    },
  };
}

interface MutableDirectory extends Directory {
  readonly children: Map<string, TreeNode>;
  enter(name: string): MutableDirectory;
  set(name: string, node: TreeNode): void;
  delete(name: string): void;
}

function createDirectory(): MutableDirectory {
  const children = new Map<string, TreeNode>();
  let names: string[] | undefined = [];
  let modTime = new Date();
  const directory: MutableDirectory = {
    children,
    get modTime() {
      return modTime;
    },
    // Sorted when somebody asks: a listing in pages does it once, many puts in a row not at all.
    get names() {
      return (names ??= [...children.keys()].sort(compareNames));
    },
    enter(name) {
      const existing = children.get(name);
      if (isMutable(existing)) return existing;
      const made = createDirectory();
      directory.set(name, made);
      return made;
    },
    set(name, node) {
      if (!children.has(name)) names = undefined;
      children.set(name, node);
      modTime = new Date();
    },
    delete(name) {
      if (children.delete(name)) names = undefined;
      modTime = new Date();
    },
  };
  return directory;
}

/** Every directory of a tree was made by {@link createDirectory}. */
function isMutable(node: TreeNode | undefined): node is MutableDirectory {
  return isDirectory(node);
}

function partsOf(path: string): string[] {
  return path.split('/').filter((part) => part !== '');
}
