import { StorageError, listAll } from '@outrigger/driver';
import { withMethods } from '../break-driver.js';
import type { BrokenDriver } from './broken-driver.js';

/** Lists and walks. */
export const BROKEN_LISTINGS: readonly BrokenDriver[] = [
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
];
