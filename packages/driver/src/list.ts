import type { ListEntry } from './file-info.js';
import type { CallOptions, StorageDriver } from './storage-driver.js';

/** All children of a directory, page by page, in ascending order of their names. */
export async function* listAll(
  driver: StorageDriver,
  path: string,
  options: CallOptions = {},
): AsyncGenerator<ListEntry> {
  let cursor: string | undefined;
  do {
    const page = await driver.list(path, { ...options, cursor });
    yield* page.entries;
    cursor = page.cursor;
  } while (cursor !== undefined);
}
