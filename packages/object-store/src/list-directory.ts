import type { ListEntry, ListOptions, ListPage } from '@outrigger/driver';
import { MAX_PAGE_SIZE, compareNames, joinPath, pathNotFound } from '@outrigger/driver';
import { type Keys, isName, stemsOf } from './keys.js';
import type { ObjectPage, ObjectStore } from './object-store.js';

/**
 * One page of the children of a directory, in the order of their names. A store lists in the order of keys, where the
 * directory `v1/` comes after `v1-x`: those few directories of which the page has later names and which can only be behind
 * it are asked for one by one (see {@link stemsOf}). The cursor is the last name of the page.
 */
export async function listDirectory(
  store: ObjectStore,
  keys: Keys,
  path: string,
  options: ListOptions = {},
): Promise<ListPage> {
  const { cursor, limit = MAX_PAGE_SIZE, signal } = options;
  const prefix = keys.below(path);
  let startAfter = cursor === undefined ? undefined : prefix + cursor;
  for (;;) {
    const page = await store.list({ prefix, isShallow: true, startAfter, limit, signal });
    if (cursor === undefined && path !== '/' && isEmpty(page)) throw pathNotFound(path);
    const children = childrenIn(page, prefix, keys);
    const isNew = (name: string) => cursor === undefined || name > cursor;
    if (page.next !== undefined) {
      const last = page.next.slice(prefix.length).split('/', 1)[0] ?? '';
      const stems = stemsOf(last).filter((stem) => isNew(stem) && isName(stem) && !children.has(stem));
      for (const stem of await present(store, keys, prefix, stems, signal))
        children.set(stem, { isDir: true });
    }
    const names = [...children.keys()].filter(isNew).sort(compareNames);
    if (names.length > 0 || page.next === undefined) {
      const shown = names.slice(0, limit);
      const isLast = page.next === undefined && shown.length === names.length;
      return {
        entries: shown.map((name) => ({ path: joinPath(path, name), ...children.get(name) })),
        ...(isLast ? {} : { cursor: shown.at(-1) ?? '' }),
      };
    }
    startAfter = page.next;
  }
}

type Child = Omit<ListEntry, 'path'>;

function isEmpty({ objects, prefixes, next }: ObjectPage): boolean {
  return objects.length === 0 && prefixes.length === 0 && next === undefined;
}

/** By name. Where an object and a directory have one name, the object is shown, as by `stat`. */
function childrenIn(page: ObjectPage, prefix: string, keys: Keys): Map<string, Child> {
  const children = new Map<string, Child>();
  for (const each of page.prefixes) {
    const name = each.slice(prefix.length, -1);
    if (each !== keys.hidden && isName(name)) children.set(name, { isDir: true });
  }
  for (const { key, size, modTime } of page.objects) {
    const name = key.slice(prefix.length);
    if (isName(name)) children.set(name, { isDir: false, size, modTime });
  }
  return children;
}

/** Those of the names that are directories. */
async function present(
  store: ObjectStore,
  keys: Keys,
  prefix: string,
  names: readonly string[],
  signal: AbortSignal | undefined,
): Promise<string[]> {
  const looks = names.map(async (name) => {
    const below = `${prefix}${name}/`;
    if (below === keys.hidden) return [];
    const { objects } = await store.list({ prefix: below, isShallow: false, limit: 1, signal });
    return objects.length > 0 ? [name] : [];
  });
  return (await Promise.all(looks)).flat();
}
