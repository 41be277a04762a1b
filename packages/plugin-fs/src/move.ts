import type { BigIntStats } from 'node:fs';
import { dirname } from 'node:path';
import { isBelow, pathNotFound } from '@outrigger/driver';
import { ForeignFileError, toFilesystemError } from './errors.js';
import { inspect } from './file-info.js';
import type { Store } from './store.js';
import { isTemporary } from './temporary-name.js';

/** Renames a file or a directory; a file at the destination is replaced atomically. */
export async function movePath(store: Store, source: string, destination: string): Promise<void> {
  const { root, directories } = store;
  const stats = await inspectSource(store, source);
  if (isBelow(destination, source)) throw new ForeignFileError('it lies below the source');
  const from = root.local(source);
  const to = root.local(destination);
  await directories.withParent(to, async () => {
    await root.requireTrusted(dirname(to));
    try {
      await root.disk.rename(from, to);
    } catch (error) {
      // ENOENT: the source is gone, or the directory of the destination. This tells which.
      await inspectSource(store, source);
      throw error;
    }
  });
  if (stats.isDirectory()) directories.moved(from, to);
  await Promise.all([directories.sync(dirname(to)), directories.sync(dirname(from))]);
}

async function inspectSource({ root }: Store, source: string): Promise<BigIntStats> {
  if (isTemporary(source)) throw pathNotFound(source);
  try {
    await root.requireTrusted(dirname(root.local(source)));
    return await inspect(root, source);
  } catch (error) {
    throw toFilesystemError(error, source, 'read');
  }
}
