import { withMethods, withWriter } from '../break-driver.js';
import type { BrokenDriver } from './broken-driver.js';

/** What is declared. */
export const BROKEN_CAPABILITIES: readonly BrokenDriver[] = [
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
];
