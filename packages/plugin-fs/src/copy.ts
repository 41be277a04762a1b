import { constants } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { pathNotFound } from '@outrigger/driver';
import { replaceFile } from './durable-write.js';
import { toFilesystemError } from './errors.js';
import { openFile } from './open-file.js';
import type { Store } from './store.js';
import { isTemporary } from './temporary-name.js';

/** Copies a file within the kernel, as a clone that shares its blocks where the file system can. */
export async function copyPath(store: Store, source: string, destination: string): Promise<void> {
  if (isTemporary(source)) throw pathNotFound(source);
  const { disk } = store.root;
  const { fd } = await openFile(store.root, store.root.local(source), constants.O_RDONLY).catch(
    (error: unknown) => {
      throw toFilesystemError(error, source, 'read');
    },
  );
  try {
    const from = process.platform === 'linux' ? `/proc/self/fd/${String(fd)}` : store.root.local(source);
    await replaceFile(store, store.root.local(destination), ({ local }) =>
      copyFile(from, local, constants.COPYFILE_FICLONE),
    );
  } finally {
    await disk.close(fd);
  }
}
