import { withMethods, withWriter } from '../break-driver.js';
import type { BrokenDriver } from './broken-driver.js';

/** What writers do at their beginning and end. */
export const BROKEN_WRITERS: readonly BrokenDriver[] = [
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
];
