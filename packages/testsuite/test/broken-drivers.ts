import {
  type StorageDriver,
  StorageError,
  isStorageError,
  listAll,
  pathNotFound,
  walk,
} from '@outrigger/driver';
import { withMethods, withReader, withWriter } from './break-driver.js';

/** A fault, and the cases that must find it. */
export interface BrokenDriver {
  readonly fault: string;
  readonly foundBy: readonly string[];
  readonly breakIt: (driver: StorageDriver) => StorageDriver;
}

const truncated = (bytes: Uint8Array) => bytes.subarray(0, -1);

export const brokenDrivers: readonly BrokenDriver[] = [
  {
    fault: 'put loses a byte',
    foundBy: ['T4', 'T7', 'T9', 'T34'],
    breakIt: (driver) =>
      withMethods(driver, { put: (path, content) => driver.put(path, truncated(content)) }),
  },
  {
    fault: 'write loses a byte',
    foundBy: ['T11', 'T14', 'T16', 'T45.boundaries'],
    breakIt: (driver) =>
      withWriter(driver, (writer) => ({ write: (chunk) => writer.write(truncated(chunk)) })),
  },
  {
    fault: 'put keeps the buffer of the caller',
    foundBy: ['T9.copies'],
    breakIt: (driver) => {
      const kept = new Map<string, Uint8Array>();
      return withMethods(driver, {
        put: async (path, content) => {
          kept.set(path, content);
          await driver.put(path, content);
        },
        get: async (path) => kept.get(path) ?? driver.get(path),
      });
    },
  },
  {
    fault: 'write keeps the buffer of the caller',
    foundBy: ['T16', 'T45.boundaries'],
    breakIt: (driver) =>
      withWriter(driver, (writer) => {
        const chunks: Uint8Array[] = [];
        return {
          write: async (chunk) => void chunks.push(chunk),
          commit: async () => {
            for (const chunk of chunks) await writer.write(chunk);
            await writer.commit();
          },
        };
      }),
  },
  {
    fault: 'put is not atomic: a part is there before the whole',
    foundBy: ['T41'],
    breakIt: (driver) =>
      withMethods(driver, {
        put: async (path, content) => {
          await driver.put(path, content.subarray(0, content.length / 2));
          await driver.put(path, content);
        },
      }),
  },
  {
    fault: 'put is not atomic: the old content is deleted first',
    foundBy: ['T41'],
    breakIt: (driver) =>
      withMethods(driver, {
        put: async (path, content) => {
          await ignoreAbsent(driver.delete(path));
          await driver.put(path, content);
        },
      }),
  },
  {
    fault: 'move is declared atomic and is not',
    foundBy: ['T41.move'],
    breakIt: (driver) =>
      withMethods(driver, {
        move: async (source, destination) => {
          await driver.stat(source);
          await ignoreAbsent(driver.delete(destination));
          await driver.move(source, destination);
        },
      }),
  },
  {
    fault: 'move of a directory is declared atomic, and copies what it finds and deletes the rest',
    foundBy: ['T40.move-at-once'],
    breakIt: (driver) =>
      withMethods(driver, {
        move: async (source, destination) => {
          await walk(driver, source, async ({ path, isDir }) => {
            if (!isDir) await driver.put(destination + path.slice(source.length), await driver.get(path));
            return undefined;
          });
          await driver.delete(source);
        },
      }),
  },
  {
    fault: 'list in no order',
    foundBy: ['T23', 'T23.order', 'T40.list'],
    breakIt: (driver) =>
      withMethods(driver, {
        list: async (path, options) => {
          const page = await driver.list(path, options);
          return { ...page, entries: [...page.entries].reverse() };
        },
      }),
  },
  {
    fault: 'list in the order of a locale',
    foundBy: ['T23.order'],
    breakIt: (driver) =>
      withMethods(driver, {
        list: async (path, options) => {
          const page = await driver.list(path, options);
          return { ...page, entries: [...page.entries].sort((a, b) => a.path.localeCompare(b.path)) };
        },
      }),
  },
  {
    fault: 'list answers one page only',
    foundBy: ['T40.list', 'T40.limit'],
    breakIt: (driver) =>
      withMethods(driver, {
        list: async (path, options) => ({ entries: (await driver.list(path, options)).entries }),
      }),
  },
  {
    fault: 'the cursor of list counts entries',
    foundBy: ['T40.changes', 'T40.last-seen'],
    breakIt: (driver) =>
      withMethods(driver, {
        list: async (path, options) => {
          const entries = [];
          for await (const entry of listAll(driver, path)) entries.push(entry);
          const start = Number(options?.cursor ?? 0);
          const end = start + (options?.limit ?? 1000);
          return {
            entries: entries.slice(start, end),
            ...(end < entries.length ? { cursor: String(end) } : {}),
          };
        },
      }),
  },
  {
    fault: 'list of a file or of nothing is empty',
    foundBy: ['T23.absent', 'T42', 'T44.file', 'T44.below'],
    breakIt: (driver) =>
      withMethods(driver, {
        list: (path, options) => driver.list(path, options).catch(() => ({ entries: [] })),
      }),
  },
  {
    fault: 'a temporary file is left at the root',
    foundBy: ['T4', 'T24'],
    breakIt: (driver) =>
      withMethods(driver, {
        put: async (path, content) => {
          await driver.put('/.tmp', content);
          await driver.put(path, content);
        },
      }),
  },
  {
    fault: 'the signal of a reader is ignored',
    foundBy: ['cancel.reader', 'cancel.reading'],
    breakIt: (driver) =>
      withMethods(driver, {
        reader: (path, options) => driver.reader(path, { ...options, signal: undefined }),
      }),
  },
  {
    fault: 'a copy is declared and is not there',
    foundBy: ['copy.separate', 'copy.absent'],
    breakIt: (driver) => withMethods(driver, { copy: async () => undefined }),
  },
  {
    fault: 'a walk is declared and is not there',
    foundBy: ['T37.all', 'T37.pages'],
    breakIt: (driver) => withMethods(driver, { walk: async () => ({ entries: [], done: true }) }),
  },
  {
    fault: 'redirects are declared, and the URL answers nothing',
    foundBy: ['T29', 'T29.head', 'T29.others'],
    breakIt: (driver) =>
      withMethods(driver, {
        capabilities: { ...driver.capabilities, redirectURL: true },
        redirectURL: async () => ({ url: 'http://127.0.0.1:1/' }),
      }),
  },
  {
    fault: 'local files are declared without roots',
    foundBy: ['local.roots', 'local.file'],
    breakIt: (driver) => withMethods(driver, { capabilities: { ...driver.capabilities, localFiles: true } }),
  },
  {
    fault: 'isolated writers are declared and are common ones',
    foundBy: ['T38.isolated', 'T38.isolated-close'],
    breakIt: (driver) => {
      const shared = withMethods(driver, {
        writer: (path, options) => driver.writer(path, { ...options, mode: 'truncate' }),
      });
      return withWriter(shared, (writer, path) => ({
        write: async (chunk) => {
          await writer.write(chunk);
          await driver.put(path, chunk);
        },
      }));
    },
  },
  {
    fault: 'isolated writers of one path share their bytes',
    foundBy: ['T38.isolated-two'],
    breakIt: (driver) => {
      const shared = new Map<string, Uint8Array[]>();
      return withWriter(driver, (writer, path) => {
        const chunks = shared.get(path) ?? [];
        shared.set(path, chunks);
        return {
          write: async (chunk) => {
            chunks.push(chunk.slice());
            await writer.write(chunk);
          },
          commit: () => driver.put(path, Buffer.concat(chunks)),
        };
      });
    },
  },
  {
    fault: 'an unknown capability is declared',
    foundBy: ['capabilities.known'],
    breakIt: (driver) =>
      withMethods(driver, { capabilities: { ...driver.capabilities, ...{ telepathy: true } } }),
  },
  {
    fault: 'delete takes what begins with the same letters',
    foundBy: ['T32'],
    breakIt: (driver) =>
      withMethods(driver, {
        delete: async (path) => {
          const parent = path.slice(0, path.lastIndexOf('/')) || '/';
          for await (const entry of listAll(driver, parent)) {
            if (entry.path.startsWith(path) && entry.path !== path) await driver.delete(entry.path);
          }
          await driver.delete(path);
        },
      }),
  },
  {
    fault: 'delete of nothing succeeds',
    foundBy: ['T30', 'T42', 'T38.cancelled'],
    breakIt: (driver) => withMethods(driver, { delete: (path) => ignoreAbsent(driver.delete(path)) }),
  },
  {
    fault: 'move leaves the source',
    foundBy: ['T24', 'T24.stream', 'T25'],
    breakIt: (driver) =>
      withMethods(driver, { move: async (source, destination) => driver.copy?.(source, destination) }),
  },
  {
    fault: 'move is a copy and a delete, also to itself',
    foundBy: ['T25.itself'],
    breakIt: (driver) =>
      withMethods(driver, {
        move: async (source, destination) => {
          await driver.copy?.(source, destination);
          await driver.delete(source);
        },
      }),
  },
  {
    fault: 'move to itself writes the content again',
    foundBy: ['T25.itself'],
    breakIt: (driver) =>
      withMethods(driver, {
        move: async (source, destination) => {
          const isObject = source === destination && !(await driver.stat(source)).isDir;
          if (isObject) await driver.put(source, await driver.get(source));
          else await driver.move(source, destination);
        },
      }),
  },
  {
    fault: 'move to itself looks at nothing',
    foundBy: ['T25.itself'],
    breakIt: (driver) =>
      withMethods(driver, {
        move: async (source, destination) => {
          if (source !== destination) await driver.move(source, destination);
        },
      }),
  },
  {
    fault: 'move deletes the destination before it looks for the source',
    foundBy: ['T25.itself', 'T26'],
    breakIt: (driver) =>
      withMethods(driver, {
        move: async (source, destination) => {
          await ignoreAbsent(driver.delete(destination));
          await driver.move(source, destination);
        },
      }),
  },
  {
    fault: 'what is absent is an error without a code',
    foundBy: ['T10', 'T42', 'T44.directory'],
    breakIt: (driver) =>
      withMethods(driver, {
        get: (path) => driver.get(path).catch(() => Promise.reject(new Error(`ENOENT: ${path}`))),
      }),
  },
  {
    fault: 'an error names another path',
    foundBy: ['T20', 'T42'],
    breakIt: (driver) =>
      withMethods(driver, {
        reader: (path) => driver.reader(path).catch(() => Promise.reject(pathNotFound('/other'))),
      }),
  },
  {
    fault: 'append starts from nothing',
    foundBy: ['T18', 'T19', 'T39.abandoned'],
    breakIt: (driver) =>
      withMethods(driver, {
        writer: (path, options) => driver.writer(path, { ...options, mode: 'truncate' }),
      }),
  },
  {
    fault: 'close of a writer loses what was written',
    foundBy: ['T18', 'T19', 'T38.uncommitted'],
    breakIt: (driver) => withWriter(driver, (writer) => ({ close: () => writer.cancel() })),
  },
  {
    fault: 'cancel leaves what was written',
    foundBy: ['T38.cancelled'],
    breakIt: (driver) => withWriter(driver, (writer) => ({ cancel: () => writer.commit() })),
  },
  {
    fault: 'a commit of nothing makes nothing',
    foundBy: ['T21', 'T38.truncate'],
    breakIt: (driver) =>
      withWriter(driver, (writer) => ({
        commit: () => (writer.size === 0 ? writer.cancel() : writer.commit()),
      })),
  },
  {
    fault: 'content can be read before its commit, with bytes that were never written',
    foundBy: ['T38.uncommitted'],
    breakIt: (driver) =>
      withWriter(driver, (writer, path) => ({
        write: async (chunk) => {
          await writer.write(chunk);
          await driver.put(path, new Uint8Array(chunk.length));
        },
      })),
  },
  {
    fault: 'the time never moves',
    foundBy: ['T33.time'],
    breakIt: (driver) =>
      withMethods(driver, { stat: async (path) => ({ ...(await driver.stat(path)), modTime: new Date(0) }) }),
  },
  {
    fault: 'the version never changes',
    foundBy: ['D14.version'],
    breakIt: (driver) =>
      withMethods(driver, {
        stat: async (path) => ({ ...(await driver.stat(path)), version: 'v' }),
        reader: (path, options) => driver.reader(path, { ...options, ifMatch: undefined }),
      }),
  },
  {
    fault: 'stat tells the size of directories',
    foundBy: ['T33', 'T33.root'],
    breakIt: (driver) =>
      withMethods(driver, {
        stat: async (path) => {
          const info = await driver.stat(path);
          return info.isDir ? { ...info, size: 4096 } : info;
        },
      }),
  },
  {
    fault: 'a reader starts one byte late',
    foundBy: ['T17', 'T14', 'T35'],
    breakIt: (driver) =>
      withMethods(driver, {
        reader: (path, options) => driver.reader(path, { ...options, offset: (options?.offset ?? 0) + 1 }),
      }),
  },
  {
    fault: 'a reader ignores its length',
    foundBy: ['T17.length', 'T16'],
    breakIt: (driver) =>
      withMethods(driver, {
        reader: (path, options) => driver.reader(path, { ...options, length: undefined }),
      }),
  },
  {
    fault: 'a reader ends early, without an error',
    foundBy: ['T16', 'T18', 'T43.slow-reader'],
    breakIt: (driver) =>
      withReader(driver, (reader) => {
        let turn = 0;
        return { read: async (into) => (turn++ < 1 ? reader.read(into) : 0) };
      }),
  },
  {
    fault: 'readers share a buffer',
    foundBy: ['T35'],
    breakIt: (driver) => {
      const shared = new Uint8Array(2 ** 20);
      return withReader(driver, (reader) => ({
        read: async (into) => {
          const count = await reader.read(shared.subarray(0, into.length));
          await Promise.resolve();
          into.set(shared.subarray(0, count));
          return count;
        },
      }));
    },
  },
  {
    fault: 'content that is replaced is read on from the new one',
    foundBy: ['T43.replaced'],
    breakIt: (driver) =>
      withMethods(driver, {
        reader: async (path, options) => {
          const first = await driver.reader(path, options);
          let offset = options?.offset ?? 0;
          return {
            ...first,
            read: async (into) => {
              const reader = await driver.reader(path, { offset });
              const count = await reader.read(into);
              offset += count;
              return count;
            },
          };
        },
      }),
  },
  {
    fault: 'walk sorts paths as strings',
    foundBy: ['T37.all', 'T37.skip'],
    breakIt: (driver) =>
      withMethods(driver, {
        walk: async (path, options) => {
          const page = await driver.walk?.(path, options);
          if (page === undefined) throw new StorageError('UNSUPPORTED', 'walk');
          return { ...page, entries: [...page.entries].sort((a, b) => (a.path < b.path ? -1 : 1)) };
        },
      }),
  },
  {
    fault: 'a call never ends',
    foundBy: ['T33', 'T42'],
    breakIt: (driver) => withMethods(driver, { stat: () => new Promise(() => undefined) }),
  },
];

async function ignoreAbsent(call: Promise<void>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!isStorageError(error, 'PATH_NOT_FOUND')) throw error;
  }
}
