import type { ContentReader, FileWriter, ListPage, StorageDriver, WriterMode } from '@outrigger/driver';
import { compareNames, joinPath, pathNotFound, versionChanged } from '@outrigger/driver';
import type { Store, StoredObject } from './store.js';

/** Where committed objects lie in the store, and what was written without a commit. */
const OBJECTS = 'objects';
const UNFINISHED = 'unfinished';

/**
 * The contract over a store of objects; directories are what their paths imply. Paths, offsets and ended writers were checked
 * before a call gets here. The promises of each method are in the comments of StorageDriver.
 */
export function createDriver(name: string, store: Store): StorageDriver {
  return {
    name,
    capabilities: {},
    stat: async (path) => {
      const object = await store.find(OBJECTS + path);
      if (object !== undefined) return { path, isDir: false, ...factsOf(object) };
      if (path !== '/' && (await keysAt(OBJECTS, path)).length === 0) throw pathNotFound(path);
      return { path, isDir: true, size: 0, modTime: new Date(0) };
    },
    list: async (path, { cursor = '', limit = 1000 } = {}): Promise<ListPage> => {
      const prefix = OBJECTS + inside(path);
      const keys = await store.keys(prefix);
      if (path !== '/' && keys.length === 0) throw pathNotFound(path);
      const all = new Set(keys.map((key) => key.slice(prefix.length).split('/', 1)[0] ?? ''));
      const names = [...all].filter((each) => each > cursor).sort(compareNames);
      const entries = names.slice(0, limit).map((each) => ({ path: joinPath(path, each) }));
      const last = names[limit - 1];
      return { entries, ...(names.length > limit && last !== undefined ? { cursor: last } : {}) };
    },
    get: async (path) => (await find(path)).content,
    put: async (path, content) => save(path, Buffer.from(content)),
    // A real driver opens a stream of the range here.
    reader: async (path, { offset = 0, length = Infinity, ifMatch } = {}) => {
      const object = await find(path);
      if (ifMatch !== undefined && ifMatch !== object.version) throw versionChanged(path);
      return readerOf(object, offset, length);
    },
    writer: async (path, { mode = 'truncate' } = {}) => openWriter(path, mode),
    move: async (source, destination) => {
      const keys = await keysAt(OBJECTS, source);
      if (keys.length === 0) throw pathNotFound(source);
      if (source === destination) return;
      for (const key of keys) {
        const path = key.slice(OBJECTS.length);
        await save(destination + path.slice(source.length), (await find(path)).content);
        await store.remove(key);
      }
    },
    delete: async (path) => {
      const keys = [...(await keysAt(OBJECTS, path)), ...(await keysAt(UNFINISHED, path))];
      if (keys.length === 0) throw pathNotFound(path);
      for (const key of keys) await store.remove(key);
    },
    close: async () => undefined,
  };

  async function find(path: string): Promise<StoredObject> {
    const object = await store.find(OBJECTS + path);
    if (object === undefined) throw pathNotFound(path);
    return object;
  }

  async function save(path: string, content: Buffer): Promise<void> {
    await store.save(OBJECTS + path, content);
    await store.remove(UNFINISHED + path);
  }

  /** The key of the object at a path, or those of all below it. */
  async function keysAt(space: string, path: string): Promise<string[]> {
    const object = await store.find(space + path);
    return object === undefined ? store.keys(space + inside(path)) : [space + path];
  }

  /** It gathers all content in memory: a real driver uploads in parts. */
  async function openWriter(path: string, mode: WriterMode): Promise<FileWriter> {
    const begun =
      mode === 'append' ? ((await store.find(UNFINISHED + path)) ?? (await find(path))) : undefined;
    const chunks = begun === undefined ? [] : [begun.content];
    let size = begun?.content.length ?? 0;
    return {
      get size() {
        return size;
      },
      // The chunk is lent until the promise settles: keep a copy.
      write: async (chunk) => {
        chunks.push(Buffer.from(chunk));
        size += chunk.length;
      },
      close: () => store.save(UNFINISHED + path, Buffer.concat(chunks)),
      commit: () => save(path, Buffer.concat(chunks)),
      cancel: () => store.remove(UNFINISHED + path),
    };
  }
}

function readerOf(object: StoredObject, offset: number, length: number): ContentReader {
  let rest = object.content.subarray(offset, offset + length);
  const read = async (into: Uint8Array) => {
    const count = rest.copy(into);
    rest = rest.subarray(count);
    return count;
  };
  return { ...factsOf(object), read, close: async () => undefined };
}

function factsOf({ content, modTime, version }: StoredObject) {
  return { size: content.length, modTime, version };
}

function inside(directory: string): string {
  return directory === '/' ? '/' : `${directory}/`;
}
