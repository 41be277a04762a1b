import type { FileInfo, ListOptions, ListPage, WalkOptions, WalkPage } from '@outrigger/driver';
import { MAX_PAGE_SIZE, compareNames, comparePaths, isBelow, joinPath } from '@outrigger/driver';
import type { Directory, TreeNode } from './tree.js';
import { isDirectory } from './tree.js';

/** One page of the children of a directory; the cursor is the last name of the page before. */
export function listPage(path: string, directory: Directory, options: ListOptions = {}): ListPage {
  const { cursor, limit = MAX_PAGE_SIZE } = options;
  const start = cursor === undefined ? 0 : indexAfter(directory.names, cursor);
  const names = directory.names.slice(start, start + limit);
  const entries = names.map((name) => {
    const {
      isDir,
      size,
      modTime,
      path: child,
    } = toFileInfo(joinPath(path, name), directory.children.get(name) ?? directory);
    return { path: child, isDir, size, modTime };
  });
  const last = names.at(-1);
  return {
    entries,
    ...(last === undefined || start + limit >= directory.names.length ? {} : { cursor: last }),
  };
}

/** One page of all that is below a directory. */
export function walkPage(path: string, directory: Directory, options: WalkOptions = {}): WalkPage {
  const { limit = MAX_PAGE_SIZE } = options;
  const entries: FileInfo[] = [];
  for (const info of startOf(path, directory, options)) {
    if (entries.length === limit) return { entries, done: false };
    entries.push(info);
  }
  return { entries, done: true };
}

export function toFileInfo(path: string, node: TreeNode): FileInfo {
  const { modTime } = node;
  if (isDirectory(node)) return { path, size: 0, modTime, isDir: true };
  return { path, size: node.size, modTime, isDir: false, version: node.version };
}

function startOf(path: string, directory: Directory, options: WalkOptions): Generator<FileInfo> {
  const { after, skipChildren = false } = options;
  if (after === undefined || isBelow(after, path)) return walkFrom(path, directory, after, skipChildren);
  const isSkipped = skipChildren && (after === path || isBelow(path, after));
  return isSkipped || comparePaths(after, path) > 0 ? nothing() : walkFrom(path, directory);
}

/** @param after - below `path`: only what comes behind it */
function* walkFrom(
  path: string,
  directory: Directory,
  after?: string,
  skipChildren = false,
): Generator<FileInfo> {
  const head = after?.slice(path === '/' ? 1 : path.length + 1).split('/', 1)[0];
  const { names } = directory;
  if (head !== undefined && after !== undefined) {
    const child = directory.children.get(head);
    const childPath = joinPath(path, head);
    if (isDirectory(child) && childPath !== after) yield* walkFrom(childPath, child, after, skipChildren);
    if (isDirectory(child) && childPath === after && !skipChildren) yield* walkFrom(childPath, child);
  }
  for (let i = head === undefined ? 0 : indexAfter(names, head); i < names.length; i++) {
    const name = names[i] ?? '';
    const child = directory.children.get(name);
    if (child === undefined) continue;
    const childPath = joinPath(path, name);
    yield toFileInfo(childPath, child);
    if (isDirectory(child)) yield* walkFrom(childPath, child);
  }
}

function* nothing(): Generator<FileInfo> {
  // A walk behind its own end.
}

/** Index of the first name that is greater than `name`. */
function indexAfter(names: readonly string[], name: string): number {
  let low = 0;
  let high = names.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareNames(names[middle] ?? '', name) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
