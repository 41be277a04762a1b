import { rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isBelow, pathNotFound } from '@outrigger/driver';
import { ForeignFileError, errnoOf, toFilesystemError } from './errors.js';
import { inspect } from './file-info.js';
import type { Store } from './store.js';
import { isTemporary } from './temporary-name.js';

/** Renames a file or a directory; a file at the destination is replaced atomically. */
export async function movePath(store: Store, source: string, destination: string): Promise<void> {
  if (isTemporary(source)) throw pathNotFound(source);
  const stats = await inspect(store.root, source).catch((error: unknown) => {
    throw toFilesystemError(error, source, 'read');
  });
  if (isBelow(destination, source)) throw new ForeignFileError('it lies below the source');
  const from = store.root.local(source);
  const to = store.root.local(destination);
  await store.root.checkDirectory(dirname(from));
  await store.directories
    .withParent(to, () => renameChecked(store, from, to))
    .catch(async (error: unknown) => {
      // The parents of the destination were made, so it is the source that is gone by now.
      throw errnoOf(error) === 'ENOENT' ? pathNotFound(source, error) : error;
    });
  if (stats.isDirectory()) store.directories.moved(from, to);
  await Promise.all([store.directories.sync(dirname(to)), store.directories.sync(dirname(from))]);
}

async function renameChecked(store: Store, from: string, to: string): Promise<void> {
  await store.root.checkDirectory(dirname(to));
  await rename(from, to);
}
