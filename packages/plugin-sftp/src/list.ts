import type { ListOptions, ListPage } from '@outrigger/driver';
import { MAX_PAGE_SIZE, joinPath } from '@outrigger/driver';
import { STATUS, statusOf } from './errors.js';
import type { DirectoryEntry } from './read-directory.js';
import { indexAfter } from './read-directory.js';
import type { Session } from './session.js';
import type { Store } from './store.js';

/** One page of a directory. The cursor is the last name of the page before, so it holds whatever comes and goes. */
export async function listDirectory(
  store: Store,
  session: Session,
  path: string,
  options: ListOptions = {},
): Promise<ListPage> {
  const { cursor, limit = MAX_PAGE_SIZE } = options;
  const entries = await readOrEmptyRoot(store, session, path);
  const start = cursor === undefined ? 0 : indexAfter(entries, cursor);
  const page = entries.slice(start, start + limit);
  const last = page.at(-1);
  return {
    entries: page.map(({ name, ...facts }) => ({ path: joinPath(path, name), ...facts })),
    ...(last === undefined || start + limit >= entries.length ? {} : { cursor: last.name }),
  };
}

/** `/` can always be listed, also when somebody removed the root. */
async function readOrEmptyRoot(
  store: Store,
  session: Session,
  path: string,
): Promise<readonly DirectoryEntry[]> {
  try {
    return await store.entries.read(session, store.root.local(path));
  } catch (error) {
    if (path === '/' && statusOf(error) === STATUS.noSuchFile) return [];
    throw error;
  }
}
