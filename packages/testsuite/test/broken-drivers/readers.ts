import { withMethods, withReader } from '../break-driver.js';
import type { BrokenDriver } from './broken-driver.js';

/** Readers. */
export const BROKEN_READERS: readonly BrokenDriver[] = [
  {
    fault: 'the signal of a reader is ignored',
    foundBy: ['cancel.reader', 'cancel.reading'],
    breakIt: (driver) =>
      withMethods(driver, {
        reader: (path, options) => driver.reader(path, { ...options, signal: undefined }),
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
];
