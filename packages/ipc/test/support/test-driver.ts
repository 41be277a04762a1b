import type { ContentReader, DriverFactory, FileWriter, StorageDriver } from '@outrigger/driver';
import { inmemory } from '@outrigger/plugin-memory';

/** The memory driver with some methods replaced. */
export function testFactory(
  overrides: Partial<StorageDriver>,
  more: Partial<DriverFactory> = {},
): DriverFactory {
  return {
    ...inmemory,
    name: 'test',
    capabilities: overrides.capabilities ?? inmemory.capabilities,
    ...more,
    create:
      more.create ??
      (async (parameters) => ({ ...(await inmemory.create(parameters)), name: 'test', ...overrides })),
  };
}

/** A promise that the test settles. */
export interface Gate<T = void> {
  readonly promise: Promise<T>;
  readonly open: (value: T) => void;
}

export function gate<T = void>(): Gate<T> {
  let open: (value: T) => void = () => undefined;
  const promise = new Promise<T>((resolve) => {
    open = resolve;
  });
  return { promise, open };
}

/** Rejects when the signal aborts, as a driver's call would. */
export function untilAborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_resolve, reject) => {
    const abort = () => {
      reject(new DOMException('aborted', 'AbortError'));
    };
    if (signal?.aborted === true) abort();
    else signal?.addEventListener('abort', abort, { once: true });
  });
}

/** A reader of `size` zero bytes, or of what `read` gives. */
export function readerOf(size: number, overrides: Partial<ContentReader> = {}): ContentReader {
  let left = size;
  return {
    size,
    modTime: new Date(0),
    read: async (into) => {
      const count = Math.min(left, into.length);
      into.fill(0, 0, count);
      left -= count;
      return count;
    },
    close: async () => undefined,
    ...overrides,
  };
}

/** A writer that keeps nothing but the size. */
export function countingWriter(overrides: Partial<FileWriter> = {}): FileWriter {
  let size = 0;
  const nothing = async () => undefined;
  const writer: FileWriter = {
    get size() {
      return size;
    },
    write: async (chunk) => {
      size += chunk.length;
    },
    close: nothing,
    commit: nothing,
    cancel: nothing,
  };
  return Object.defineProperties(writer, Object.getOwnPropertyDescriptors(overrides));
}
