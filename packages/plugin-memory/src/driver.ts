import type { CallOptions, StorageDriver } from '@outrigger/driver';
import { MAX_PUT_SIZE, pathNotFound, readToEnd, throwIfAborted, versionChanged } from '@outrigger/driver';
import { createContent } from './content.js';
import { listPage, toFileInfo, walkPage } from './pages.js';
import { createReader } from './reader.js';
import { move, remove } from './rearrange.js';
import { createStore } from './store.js';
import type { Directory, File } from './tree.js';
import { isDirectory } from './tree.js';
import { openWriter } from './writer.js';

export const DRIVER_NAME = 'inmemory';

export const CAPABILITIES = {
  walk: true,
  copy: true,
  atomicMove: true,
  atomicDirectoryMove: true,
  isolatedWriters: true,
  commitTo: true,
} as const;

/** A driver that keeps everything in memory, until its process ends. Paths are taken as checked (see `checkDriver`). */
export function createMemoryDriver(): StorageDriver {
  const store = createStore();
  const { tree, uploads } = store;

  const run = async <T>(
    path: string,
    options: CallOptions | undefined,
    task: () => T | Promise<T>,
  ): Promise<T> => {
    throwIfAborted(options?.signal, path);
    return task();
  };
  const fileAt = (path: string): File => {
    const node = tree.find(path);
    if (node === undefined || isDirectory(node)) throw pathNotFound(path);
    return node;
  };
  const directoryAt = (path: string): Directory => {
    const node = tree.find(path);
    if (!isDirectory(node)) throw pathNotFound(path);
    return node;
  };

  return {
    name: DRIVER_NAME,
    capabilities: CAPABILITIES,
    stat: (path, options) =>
      run(path, options, () => {
        const node = tree.find(path);
        if (node === undefined) throw pathNotFound(path);
        return toFileInfo(path, node);
      }),
    list: (path, options) => run(path, options, () => listPage(path, directoryAt(path), options)),
    walk: (path, options) => run(path, options, () => walkPage(path, directoryAt(path), options)),
    get: (path, options) =>
      run(path, options, () => readToEnd(createReader(path, fileAt(path), options), MAX_PUT_SIZE)),
    put: (path, content, options) =>
      run(path, options, () => {
        store.commit(path, createContent(content));
        uploads.delete(path);
      }),
    reader: (path, options) =>
      run(path, options, () => {
        const file = fileAt(path);
        if (options?.ifMatch !== undefined && options.ifMatch !== file.version) throw versionChanged(path);
        return createReader(path, file, options);
      }),
    writer: (path, options) => run(path, options, () => openWriter(store, path, options?.mode ?? 'truncate')),
    move: (source, destination, options) => run(source, options, () => move(store, source, destination)),
    delete: (path, options) => run(path, options, () => remove(store, path)),
    copy: (source, destination, options) =>
      run(source, options, () => {
        const { content } = fileAt(source);
        if (source !== destination) store.commit(destination, content.fork());
      }),
    close: async () => undefined,
  };
}
