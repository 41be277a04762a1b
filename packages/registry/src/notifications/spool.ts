import { randomUUID } from 'node:crypto';
import type { StorageDriver } from '@outrigger/driver';
import { baseName } from '@outrigger/driver';
import { deleteIfPresent } from '../layout/delete-if-present.js';
import { listPaths } from '../layout/list-directory.js';
import { orAbsent } from '../layout/or-absent.js';
import { readText } from '../layout/read-text.js';

/** The events of one endpoint in the store: files of a batch each, one JSON object a line. */
export interface Spool {
  /** Durable when it resolves. */
  write(events: readonly string[]): Promise<string>;
  remove(path: string): Promise<void>;
  /** Takes over the batches in a directory, its own or one that a dead replica has left, the oldest first. */
  takeOver(directory: string): AsyncIterable<{ path: string; events: string[] }>;
}

/** @param ready - called before there are batches in the directory */
export function createSpool(driver: StorageDriver, directory: string, ready: () => Promise<void>): Spool {
  let last = 0;
  // Two batches of one millisecond keep their order as well.
  const newPath = (): string => {
    last = Math.max(Date.now(), last + 1);
    return `${directory}/${last}-${randomUUID()}`;
  };
  return {
    async write(events) {
      await ready();
      const path = newPath();
      await driver.put(path, Buffer.from(`${events.join('\n')}\n`, 'utf8'));
      return path;
    },
    async remove(path) {
      await deleteIfPresent(driver, path);
    },
    async *takeOver(from) {
      const batches = await batchesIn(driver, from);
      // Otherwise they would at once be anybody's again.
      if (batches.length > 0) await ready();
      for (const found of batches) {
        const path = from === directory ? found : newPath();
        if (path !== found && (await orAbsent(driver.move(found, path).then(() => true))) === undefined)
          continue;
        const content = await readText(driver, path);
        if (content === undefined) continue;
        yield { path, events: content.split('\n').filter(isObject) };
      }
    },
  };
}

async function batchesIn(driver: StorageDriver, directory: string): Promise<string[]> {
  const found = await listPaths(driver, directory);
  return found.filter((path) => BATCH_PATTERN.test(baseName(path))).sort();
}

/** Names begin with the time in milliseconds: of 13 digits until the year 2286. */
const BATCH_PATTERN = /^\d{13}-[0-9a-f-]{36}$/;

/** Whatever else got into the store is not sent on. */
function isObject(line: string): boolean {
  try {
    return line.startsWith('{') && typeof JSON.parse(line) === 'object';
  } catch {
    return false;
  }
}
