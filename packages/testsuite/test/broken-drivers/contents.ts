import { ignoreAbsent, withMethods, withWriter } from '../break-driver.js';
import type { BrokenDriver } from './broken-driver.js';

const truncated = (bytes: Uint8Array) => bytes.subarray(0, -1);

/** Content that is put or written. */
export const BROKEN_CONTENTS: readonly BrokenDriver[] = [
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
];
