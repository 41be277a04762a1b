import type { Capabilities, ContentReader, FileWriter, ReadOptions, StorageDriver } from '@outrigger/driver';
import { MAX_PUT_SIZE, pathNotFound, readToEnd } from '@outrigger/driver';
import type { WrapParts, WrappedDriver } from '../driver-middleware.js';
import { forward, withoutShortcuts } from '../forward.js';
import type { NamedContent } from './content-path.js';
import { contentAt, contentAtOrBelow } from './content-path.js';
import type { ReadCounts } from './counts.js';
import { toCounts } from './counts.js';
import { createDiskCache } from './disk-cache.js';
import type { Fill } from './fill.js';
import { follow } from './follow.js';
import type { CacheOptions } from './options.js';
import { createPresence } from './presence.js';
import { createFaultLog } from './fault-log.js';
import type { Source } from './readers.js';
import { createFillingReader, createSwitchingReader } from './readers.js';
import { createFillingWriter } from './writer.js';

/** What another reader fetches. */
interface Fetching {
  readonly fill: Fill;
  readonly modTime: Date;
}

export function createCachedDriver(
  inner: StorageDriver,
  options: CacheOptions,
  { log }: WrapParts,
): WrappedDriver {
  const presence = createPresence(options.recheckMs);
  const cache = createDiskCache({ ...options, onFault: createFaultLog(log, options.directory) });
  const counts: ReadCounts = { hits: 0, misses: 0, hitBytes: 0, missBytes: 0, switches: 0 };
  /** By path: of two repositories one may have other bytes than it should. */
  const fetching = new Map<string, Promise<Fetching | undefined>>();
  const ending = new Set<Promise<unknown>>();
  void cache.scan();

  const keep = (work: Promise<unknown>) => {
    ending.add(work);
    void work.finally(() => ending.delete(work));
  };
  /** Whether the store has content of this size at the path. */
  const isPresent = async (path: string, size: number, { signal }: ReadOptions): Promise<boolean> => {
    if (presence.has(path)) return true;
    const info = await presence.look(path, async () => {
      const found = await inner.stat(path, { signal });
      if (found.isDir) throw pathNotFound(path);
      return found;
    });
    return info.size === size;
  };
  const open = (path: string, source: Source, read: ReadOptions): ContentReader => {
    counts.hits++;
    const content = contentAt(path);
    return createSwitchingReader({
      path,
      source,
      options: read,
      counts,
      openStore: (offset, length) => inner.reader(path, { offset, length, signal: read.signal }),
      onSwitch() {
        if (content !== undefined && !fetching.has(path)) keep(cache.forget(content));
      },
    });
  };
  const fromCache = async (
    path: string,
    content: NamedContent,
    read: ReadOptions,
  ): Promise<Source | undefined> => {
    const entry = (await cache.open(content)) ?? (await followed(path, read));
    if (entry === undefined) return undefined;
    try {
      if (await isPresent(path, entry.size, read)) return entry;
    } catch (error) {
      await entry.close();
      throw error;
    }
    await entry.close();
    await cache.forget(content);
    return undefined;
  };
  const followed = async (path: string, { signal }: ReadOptions): Promise<Source | undefined> => {
    const other = await fetching.get(path);
    return other && follow(other.fill, other.modTime, signal);
  };
  const fetch = async (path: string, content: NamedContent, read: ReadOptions): Promise<ContentReader> => {
    counts.misses++;
    if (!isWhole(read) || fetching.has(path)) return inner.reader(path, read);
    const begun = Promise.withResolvers<Fetching | undefined>();
    fetching.set(path, begun.promise);
    const end = () => {
      begun.resolve(undefined);
      fetching.delete(path);
    };
    try {
      const reader = await presence.look(path, () => inner.reader(path, read));
      const { size, modTime } = reader;
      const fill = size === 0 ? undefined : cache.begin(content, size, modTime);
      if (fill === undefined) {
        end();
        return reader;
      }
      begun.resolve({ fill, modTime });
      const over = Promise.withResolvers<undefined>();
      keep(over.promise);
      return createFillingReader(reader, fill, counts, () => {
        end();
        over.resolve(undefined);
      });
    } catch (error) {
      end();
      throw error;
    }
  };
  const store = (content: NamedContent, bytes: Uint8Array) => {
    const fill = fetching.has(content.hex) ? undefined : cache.begin(content, bytes.length, new Date());
    fill?.push(bytes);
    if (fill !== undefined) keep(fill.finish());
  };
  const forget = async (path: string) => {
    presence.forget(path);
    const content = contentAtOrBelow(path);
    if (content !== undefined) await cache.forget(content);
  };

  const own: Partial<StorageDriver> = {
    async reader(path, read = {}) {
      const content = read.ifMatch === undefined ? contentAt(path) : undefined;
      if (content === undefined) return inner.reader(path, read);
      const source = await fromCache(path, content, read);
      return source === undefined ? fetch(path, content, read) : open(path, source, read);
    },
    async get(path, call = {}) {
      const content = contentAt(path);
      if (content === undefined) return inner.get(path, call);
      const source = await fromCache(path, content, call);
      if (source !== undefined) return readToEnd(open(path, source, call), MAX_PUT_SIZE);
      counts.misses++;
      const bytes = await presence.look(path, () => inner.get(path, call));
      counts.missBytes += bytes.length;
      if (bytes.length > 0) store(content, bytes);
      return bytes;
    },
    async writer(path, how = {}): Promise<FileWriter> {
      const writer = await inner.writer(path, how);
      const content = contentAt(path);
      const { expectedSize = 0, mode } = how;
      if (!options.writeThrough || content === undefined || mode !== 'isolated' || expectedSize === 0)
        return writer;
      const fill = fetching.has(content.hex) ? undefined : cache.begin(content, expectedSize, new Date());
      return fill === undefined ? writer : createFillingWriter(writer, fill, keep);
    },
    async delete(path, call) {
      presence.forget(path);
      try {
        await inner.delete(path, call);
      } finally {
        await forget(path);
      }
    },
    async move(source, destination, call) {
      presence.forget(source);
      try {
        await inner.move(source, destination, call);
      } finally {
        await forget(source);
        presence.forget(destination);
      }
    },
    async close() {
      await Promise.allSettled(ending);
      await inner.close();
    },
  };
  const driver = forward(inner, own, (capabilities) => cacheCapabilities(capabilities, options.redirect));
  return Object.assign(driver, { counts: () => toCounts(counts, cache.counts) });
}

/** A cache that clients are sent past is none. */
export function cacheCapabilities(inner: Capabilities, redirect: boolean): Capabilities {
  const { redirectURL } = inner;
  return redirect && redirectURL === true
    ? { ...withoutShortcuts(inner), redirectURL }
    : withoutShortcuts(inner);
}

function isWhole({ offset = 0, length }: ReadOptions): boolean {
  return offset === 0 && length === undefined;
}
