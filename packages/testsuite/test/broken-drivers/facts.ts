import { pathNotFound } from '@outrigger/driver';
import { withMethods } from '../break-driver.js';
import type { BrokenDriver } from './broken-driver.js';

/** What is told of a path: facts, errors, or nothing at all. */
export const BROKEN_FACTS: readonly BrokenDriver[] = [
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
    fault: 'a call never ends',
    foundBy: ['T33', 'T42'],
    breakIt: (driver) => withMethods(driver, { stat: () => new Promise(() => undefined) }),
  },
];
