#!/usr/bin/env node
import type { FileWriter, ListPage, StorageDriver, WriterMode } from '@outrigger/driver';
import { InvalidParametersError, compareNames, isBelow, joinPath, pathNotFound } from '@outrigger/driver';
import { serveDriver } from '@outrigger/ipc/plugin';

await serveDriver({
  name: 'example',
  version: '1.0.0',
  parameters: { type: 'object', properties: {}, additionalProperties: false },
  environment: [],
  capabilities: {},
  create: async (parameters) => {
    const issues = Object.keys(parameters).map((key) => ({ key, message: 'unknown parameter' }));
    if (issues.length > 0) throw new InvalidParametersError('example', issues);
    return createExampleDriver();
  },
});

/** Keeps objects in memory. Paths, offsets and ended writers were checked before a call gets here. */
function createExampleDriver(): StorageDriver {
  const objects = new Map<string, { readonly content: Buffer; readonly modTime: Date }>();
  const unfinished = new Map<string, Buffer>();

  const find = (path: string) => {
    const object = objects.get(path);
    if (object === undefined) throw pathNotFound(path);
    return object;
  };
  const save = (path: string, content: Buffer) => {
    objects.set(path, { content, modTime: new Date() });
    unfinished.delete(path);
  };
  const pathsAt = (path: string) =>
    [...objects.keys()].filter((each) => each === path || isBelow(each, path));

  return {
    name: 'example',
    capabilities: {},
    stat: async (path) => {
      const object = objects.get(path);
      if (object !== undefined)
        return { path, isDir: false, size: object.content.length, modTime: object.modTime };
      if (pathsAt(path).length === 0 && path !== '/') throw pathNotFound(path);
      return { path, isDir: true, size: 0, modTime: new Date() };
    },
    list: async (path, { cursor = '', limit = 1000 } = {}): Promise<ListPage> => {
      const paths = pathsAt(path).filter((each) => each !== path);
      if (paths.length === 0 && path !== '/') throw pathNotFound(path);
      const start = path === '/' ? 1 : path.length + 1;
      const all = new Set(paths.map((each) => each.slice(start).split('/', 1)[0] ?? ''));
      const names = [...all].filter((name) => name > cursor).sort(compareNames);
      const entries = names.slice(0, limit).map((name) => ({ path: joinPath(path, name) }));
      return { entries, ...(names.length > limit ? { cursor: names[limit - 1] } : {}) };
    },
    get: async (path) => find(path).content,
    put: async (path, content) => {
      save(path, Buffer.from(content));
    },
    reader: async (path, { offset = 0, length = Infinity } = {}) => {
      const { content, modTime } = find(path);
      let rest = content.subarray(offset, offset + length);
      return {
        size: content.length,
        modTime,
        read: async (into) => {
          into.set(rest.subarray(0, into.length));
          const count = Math.min(rest.length, into.length);
          rest = rest.subarray(count);
          return count;
        },
        close: async () => undefined,
      };
    },
    writer: async (path, { mode = 'truncate' } = {}) => openWriter(path, mode),
    move: async (source, destination) => {
      const paths = pathsAt(source);
      if (paths.length === 0) throw pathNotFound(source);
      for (const path of paths) {
        const object = find(path);
        objects.delete(path);
        objects.set(destination + path.slice(source.length), object);
      }
    },
    delete: async (path) => {
      const paths = pathsAt(path);
      if (paths.length === 0) throw pathNotFound(path);
      for (const each of paths) objects.delete(each);
    },
    close: async () => undefined,
  };

  function openWriter(path: string, mode: WriterMode): FileWriter {
    let content = mode === 'append' ? (unfinished.get(path) ?? find(path).content) : Buffer.alloc(0);
    return {
      get size() {
        return content.length;
      },
      write: async (chunk) => {
        content = Buffer.concat([content, chunk]);
      },
      close: async () => void unfinished.set(path, content),
      commit: async () => {
        save(path, content);
      },
      cancel: async () => void unfinished.delete(path),
    };
  }
}
