import { listAll, walk } from '@outrigger/driver';
import { ignoreAbsent, withMethods } from '../break-driver.js';
import type { BrokenDriver } from './broken-driver.js';

/** Moves and deletes. */
export const BROKEN_NAMESPACES: readonly BrokenDriver[] = [
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
];
