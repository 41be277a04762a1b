import type { CallOptions, StorageDriver } from '@outrigger/driver';
import { MAX_PUT_SIZE, cancelled, createRegulator, readToEnd, throwIfAborted } from '@outrigger/driver';
import type { FilesystemConfig } from './config.js';
import { DRIVER_NAME } from './config.js';
import { copyPath } from './copy.js';
import { deletePath } from './delete.js';
import { createDirectories } from './directories.js';
import { replaceFile } from './durable-write.js';
import type { Access } from './errors.js';
import { toFilesystemError } from './errors.js';
import { inspect, localFile, toFileInfo } from './file-info.js';
import { listDirectory } from './list.js';
import { movePath } from './move.js';
import { createDirectoryReader } from './read-directory.js';
import { openReader } from './reader.js';
import { openRoot } from './root.js';
import type { Store } from './store.js';
import { sweepRegularly } from './sweep-temporaries.js';
import { requireOpen } from './temporary-name.js';
import { walkPage } from './walk.js';
import { writeFully } from './write-fully.js';
import { openWriter } from './writer.js';

/** What the driver can do, besides saying where its files are. */
export const CAPABILITIES = {
  walk: true,
  copy: true,
  atomicMove: true,
  atomicDirectoryMove: true,
  isolatedWriters: true,
  commitTo: true,
  localFiles: true,
} as const;

/**
 * A driver over a local directory, in Distribution's own layout: a driver's path is the path below the root.
 * Paths are taken as checked (see `checkDriver`).
 *
 * @throws InvalidParametersError when the root cannot be made or opened
 */
export async function createFilesystemDriver(config: FilesystemConfig): Promise<StorageDriver> {
  const durable = config.commit === 'durable';
  const root = await openRoot(config.rootDirectory, durable);
  const store: Store = {
    root,
    durable,
    directories: createDirectories(root, durable),
    entries: createDirectoryReader(root),
  };
  const regulator = createRegulator(config.maxThreads);
  const sweeping = sweepRegularly(root.path);

  const run = async <T>(
    path: string,
    access: Access,
    options: CallOptions | undefined,
    task: () => Promise<T>,
  ): Promise<T> => {
    const signal = options?.signal;
    try {
      throwIfAborted(signal, path);
      requireOpen(path);
      return await regulator.run(task, signal);
    } catch (error) {
      throw signal?.aborted && error === signal.reason
        ? cancelled(path, error)
        : toFilesystemError(error, path, access);
    }
  };

  return {
    name: DRIVER_NAME,
    capabilities: { ...CAPABILITIES, roots: [root.path] },
    stat: (path, options) =>
      run(path, 'read', options, async () => toFileInfo(path, await inspect(root, path))),
    list: (path, options) => run(path, 'read', options, () => listDirectory(store, path, options)),
    get: (path, options) =>
      run(path, 'read', options, async () => readToEnd(await openReader(root, path, options), MAX_PUT_SIZE)),
    put: (path, content, options) =>
      run(path, 'write', options, () =>
        replaceFile(store, root.local(path), ({ fd }) => writeFully(root.disk, fd, content, 0)),
      ),
    reader: (path, options) => run(path, 'read', options, () => openReader(root, path, options)),
    writer: (path, options) =>
      run(path, options?.mode === 'append' ? 'read' : 'write', options, () =>
        openWriter(store, path, options),
      ),
    move: (source, destination, options) =>
      run(destination, 'write', options, () => movePath(store, source, destination)),
    delete: (path, options) => run(path, 'read', options, () => deletePath(store, path)),
    walk: (path, options) => run(path, 'read', options, () => walkPage(store, path, options)),
    copy: (source, destination, options) =>
      run(destination, 'write', options, () => copyPath(store, source, destination)),
    localFile: (path, options) => run(path, 'read', options, () => localFile(root, path)),
    close: () => {
      sweeping.close();
      return store.directories.close();
    },
  };
}
