import type { ContentReader, ReadOptions } from '@outrigger/driver';
import { StorageError, alreadyClosed, cancelled } from '@outrigger/driver';
import type { ReadCounts } from './counts.js';
import type { Fill } from './fill.js';

/** Where a reader has its bytes from as long as that works. */
export interface Source {
  readonly size: number;
  readonly modTime: Date;
  /** Bytes from `position` on, at least 1. Any error: it has them no more. */
  read(into: Uint8Array, position: number, end: number): Promise<number>;
  close(): Promise<void>;
}

export interface SwitchingOptions {
  readonly path: string;
  readonly source: Source;
  readonly options: ReadOptions;
  readonly counts: ReadCounts;
  /** The same content in the store, from `offset` on. */
  readonly openStore: (offset: number, length: number) => Promise<ContentReader>;
  readonly onSwitch: (error: unknown) => void;
}

/** Reads from the cache, and goes on in the store where that ends: nobody who reads sees a difference. */
export function createSwitchingReader(given: SwitchingOptions): ContentReader {
  const { path, source, options, counts, openStore, onSwitch } = given;
  const { offset = 0, length = Infinity, signal } = options;
  const { size, modTime } = source;
  const end = Math.min(size, offset + length);
  let position = offset;
  let store: ContentReader | undefined;
  let hasSource = true;
  let closing: Promise<void> | undefined;
  let active: Promise<unknown> | undefined;

  const leaveSource = async () => {
    if (!hasSource) return;
    hasSource = false;
    await source.close().catch(() => undefined);
  };
  const openInStore = async () => {
    const reader = await openStore(position, end - position);
    if (reader.size === size) return reader;
    await reader.close();
    throw new StorageError(
      'INTERNAL',
      `the store has ${reader.size} bytes where there were ${size}: ${path}`,
      { path },
    );
  };
  const readOn = async (into: Uint8Array): Promise<number> => {
    if (hasSource) {
      try {
        const count = await source.read(into, position, end);
        counts.hitBytes += count;
        return count;
      } catch (error) {
        if (signal?.aborted) throw cancelled(path, signal.reason);
        counts.switches++;
        onSwitch(error);
        await leaveSource();
      }
    }
    store ??= await openInStore();
    const count = await store.read(into);
    if (count === 0)
      throw new StorageError('INTERNAL', `the store's content ends ${end - position} bytes early: ${path}`, {
        path,
      });
    counts.missBytes += count;
    return count;
  };
  const read = async (into: Uint8Array) => {
    try {
      const count = await readOn(into);
      if (signal?.aborted) throw cancelled(path, signal.reason);
      position += count;
      return count;
    } finally {
      active = undefined;
    }
  };

  return {
    size,
    modTime,
    read(into) {
      if (closing !== undefined) return Promise.reject(alreadyClosed(path, 'closed'));
      if (signal?.aborted) return Promise.reject(cancelled(path, signal.reason));
      if (position >= end || into.length === 0) return Promise.resolve(0);
      const reading = read(into);
      active = reading;
      return reading;
    },
    close() {
      const waitsForStore = store?.close();
      closing ??= Promise.allSettled([active, waitsForStore]).then(async () => {
        await leaveSource();
        await store?.close();
      });
      return closing;
    },
  };
}

/** Reads from the store, and gives the cache what was read. */
export function createFillingReader(
  inner: ContentReader,
  fill: Fill,
  counts: ReadCounts,
  onEnd: () => void,
): ContentReader {
  const { size, modTime, version } = inner;
  let position = 0;
  let isOver = false;
  const end = (isWhole: boolean) => {
    if (isOver) return;
    isOver = true;
    if (isWhole) void fill.finish().finally(onEnd);
    else {
      fill.abandon();
      onEnd();
    }
  };
  return {
    size,
    modTime,
    ...(version === undefined ? {} : { version }),
    async read(into) {
      const count = await inner.read(into).catch((error: unknown) => {
        end(false);
        throw error;
      });
      if (isOver) return count;
      position += count;
      counts.missBytes += count;
      if (count > 0) fill.push(into.subarray(0, count));
      if (count === 0 || position >= size) end(position === size);
      return count;
    },
    close() {
      end(false);
      return inner.close();
    },
  };
}
