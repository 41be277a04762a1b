import type { StorageDriver } from '@outrigger/driver';
import type { Scratch } from './scratch.js';

/** The tree of Distribution's walk tests; `-` is before `/` in ASCII. In walk order, directories end in a slash. */
export const TREE = [
  '/file1',
  '/folder1/',
  '/folder1/file1',
  '/folder1-suffix/',
  '/folder1-suffix/file1',
  '/folder2/',
  '/folder2/file1',
  '/folder3/',
  '/folder3/subfolder1/',
  '/folder3/subfolder1/subfolder1/',
  '/folder3/subfolder1/subfolder1/file1',
  '/folder3/subfolder2/',
  '/folder3/subfolder2/subfolder1/',
  '/folder3/subfolder2/subfolder1/file1',
  '/folder4/',
  '/folder4/file1',
] as const;

/** Every path of the tree, in walk order. */
export const TREE_PATHS: readonly string[] = TREE.map((path) => path.replace(/\/$/, ''));

/** The paths of the tree from one on, in walk order. */
export function treeFrom(first: string, below = ''): string[] {
  return TREE_PATHS.slice(TREE_PATHS.indexOf(first)).filter((path) => path.startsWith(below));
}

export function isTreeDirectory(path: string): boolean {
  return TREE.some((entry) => entry === `${path}/`);
}

/** Puts the tree into a directory of its own, in no order. */
export async function plantTree(driver: StorageDriver, scratch: Scratch): Promise<string> {
  const top = scratch.directory();
  const files = TREE.filter((path) => !path.endsWith('/'));
  for (const path of [...files].reverse())
    await driver.put(`${top}${path}`, scratch.content(path.length).bytes());
  return top;
}
