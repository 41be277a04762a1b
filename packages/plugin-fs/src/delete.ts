import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { inspect } from './file-info.js';
import type { Store } from './store.js';

/** Removes a file, or a directory with all below it. Links in it are removed and never followed. */
export async function deletePath(store: Store, path: string): Promise<void> {
  const stats = await inspect(store.root, path);
  const local = store.root.local(path);
  await store.root.requireTrusted(dirname(local));
  if (stats.isDirectory()) {
    // Somebody may put files into it meanwhile: ENOTEMPTY, hence the retries.
    await rm(local, { recursive: true, force: true, maxRetries: 3 });
    store.directories.deleted(local);
  } else {
    await store.root.disk.unlink(local);
  }
  await store.directories.sync(dirname(local));
}
