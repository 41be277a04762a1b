import { invalidPath, isBelow, pathNotFound } from '@outrigger/driver';
import type { Store } from './store.js';
import { isDirectory } from './tree.js';

/** Moves a file or a directory; a file replaces a file. */
export function move(store: Store, source: string, destination: string): void {
  const { tree, uploads } = store;
  const node = tree.find(source);
  if (node === undefined) throw pathNotFound(source);
  if (source === destination) return;
  if (isBelow(destination, source)) throw invalidPath(destination, 'it lies below the source');
  if (isDirectory(node) && tree.find(destination) !== undefined)
    throw invalidPath(destination, 'something else is there');
  tree.checkSet(destination);
  tree.remove(source);
  tree.set(destination, node);
  uploads.delete(destination);
  for (const path of uploadsAt(store, source)) {
    const upload = uploads.get(path);
    uploads.delete(path);
    if (upload !== undefined && path !== source) uploads.set(destination + path.slice(source.length), upload);
  }
}

/** Deletes a file or a directory with all below it, and the uploads there. */
export function remove(store: Store, path: string): void {
  const uploads = uploadsAt(store, path);
  if (store.tree.find(path) === undefined && uploads.length === 0) throw pathNotFound(path);
  store.tree.remove(path);
  for (const upload of uploads) store.uploads.delete(upload);
}

function uploadsAt(store: Store, path: string): string[] {
  return [...store.uploads.keys()].filter((upload) => upload === path || isBelow(upload, path));
}
