#!/usr/bin/env node
import { randomUUID } from 'node:crypto';
import type { FileWriter, ListPage, StorageDriver, WriterMode } from '@outrigger/driver';
import { InvalidParametersError, StorageError, compareNames, isBelow, joinPath } from '@outrigger/driver';
import { pathNotFound } from '@outrigger/driver';
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
  const objects = new Map<string, { content: Buffer; modTime: Date; version: string }>();
  const unfinished = new Map<string, Buffer>();

  const notFound = (path: string): never => {
    throw pathNotFound(path);
  };
  const find = (path: string) => objects.get(path) ?? notFound(path);
  const save = (path: string, content: Buffer) => {
    objects.set(path, { content, modTime: new Date(), version: randomUUID() });
    unfinished.delete(path);
  };
  const pathsAt = (path: string) => [...objects.keys()].filter((at) => at === path || isBelow(at, path));
  const somePathsAt = (path: string) => (pathsAt(path).length > 0 ? pathsAt(path) : notFound(path));

  return {
    name: 'example',
    capabilities: {},
    stat: async (path) => {
      const object = objects.get(path);
      if (object !== undefined) {
        const { content, ...facts } = object;
        return { path, isDir: false, size: content.length, ...facts };
      }
      if (path !== '/') somePathsAt(path);
      return { path, isDir: true, size: 0, modTime: new Date() };
    },
    list: async (path, { cursor = '', limit = 1000 } = {}): Promise<ListPage> => {
      const paths = pathsAt(path).filter((each) => each !== path);
      if (paths.length === 0 && path !== '/') notFound(path);
      const start = path === '/' ? 1 : path.length + 1;
      const all = new Set(paths.map((each) => each.slice(start).split('/', 1)[0] ?? ''));
      const names = [...all].filter((name) => name > cursor).sort(compareNames);
      const entries = names.slice(0, limit).map((name) => ({ path: joinPath(path, name) }));
      return { entries, ...(names.length > limit ? { cursor: names[limit - 1] } : {}) };
    },
    get: async (path) => find(path).content,
    put: async (path, content) => save(path, Buffer.from(content)),
    reader: async (path, { offset = 0, length = Infinity, ifMatch } = {}) => {
      const { content, ...facts } = find(path);
      if (ifMatch !== undefined && ifMatch !== facts.version)
        throw new StorageError('UNAVAILABLE', 'the content changed', { path, retryable: false });
      let rest = content.subarray(offset, offset + length);
      const read = async (into: Uint8Array) => {
        into.set(rest.subarray(0, into.length));
        const count = Math.min(rest.length, into.length);
        rest = rest.subarray(count);
        return count;
      };
      return { size: content.length, ...facts, read, close: async () => undefined };
    },
    writer: async (path, { mode = 'truncate' } = {}) => openWriter(path, mode),
    move: async (source, destination) => {
      for (const path of somePathsAt(source)) {
        const object = find(path);
        objects.delete(path);
        objects.set(destination + path.slice(source.length), object);
      }
    },
    delete: async (path) => {
      for (const each of somePathsAt(path)) objects.delete(each);
    },
    close: async () => undefined,
  };

  function openWriter(path: string, mode: WriterMode): FileWriter {
    let content = mode === 'append' ? (unfinished.get(path) ?? find(path).content) : Buffer.alloc(0);
    return {
      get size() {
        return content.length;
      },
      write: async (chunk) => void (content = Buffer.concat([content, chunk])),
      close: async () => void unfinished.set(path, content),
      commit: async () => save(path, content),
      cancel: async () => void unfinished.delete(path),
    };
  }
}
