import type { Capabilities, StorageDriver } from '@outrigger/driver';
import { SCHEDULE } from '../../proxy/schedule-state.js';
import { REPOSITORIES, ROOT } from '../paths.js';
import { ASIDE } from './paths.js';

/**
 * A driver for the layout `oci`. What lies beside the content of repositories (uploads, the referrers index, marks, the state of
 * collections) has the names of layout/paths.ts everywhere; here it is found below {@link ASIDE}, so that the directories of
 * repositories hold nothing but their layouts. All other paths stay what they are. Of a driver that is one already it makes another one that
 * does the same.
 */
export function relocate(driver: StorageDriver): StorageDriver {
  return {
    get name() {
      return driver.name;
    },
    get capabilities(): Capabilities {
      return driver.capabilities;
    },
    async stat(path, options) {
      const info = await driver.stat(to(path), options);
      return info.path === path ? info : { ...info, path };
    },
    async list(path, options) {
      const place = to(path);
      const page = await driver.list(place, options);
      return place === path ? page : { ...page, entries: back(page.entries, place, path) };
    },
    get: (path, options) => driver.get(to(path), options),
    put: (path, content, options) => driver.put(to(path), content, options),
    reader: (path, options) => driver.reader(to(path), options),
    // Nothing is ever committed to a path that lies elsewhere: `commitTo` puts blobs into layouts.
    writer: (path, options) => driver.writer(to(path), options),
    move: (source, destination, options) => driver.move(to(source), to(destination), options),
    delete: (path, options) => driver.delete(to(path), options),
    ...(driver.redirectURL && {
      redirectURL: (path, request) => driver.redirectURL?.(to(path), request) ?? Promise.resolve(null),
    }),
    ...(driver.walk && { walk: createWalk(driver.walk.bind(driver)) }),
    ...(driver.copy && { copy: createCopy(driver.copy.bind(driver)) }),
    ...(driver.localFile && { localFile: createLocalFile(driver.localFile.bind(driver)) }),
    close: () => driver.close(),
  };
}

/** Longer ones first: the first that fits counts. */
const PLACES: readonly (readonly [from: string, to: string])[] = [
  [`${ROOT}/_outrigger`, ASIDE],
  [REPOSITORIES, `${ASIDE}/repositories`],
  [SCHEDULE, `${ASIDE}${SCHEDULE}`],
];

function to(path: string): string {
  if (!path.startsWith(ROOT) && path !== SCHEDULE) return path;
  for (const [from, place] of PLACES)
    if (path === from || path.startsWith(`${from}/`)) return place + path.slice(from.length);
  return path;
}

function back<E extends { readonly path: string }>(entries: readonly E[], place: string, path: string): E[] {
  return entries.map((entry) => ({ ...entry, path: path + entry.path.slice(place.length) }));
}

function createWalk(walk: NonNullable<StorageDriver['walk']>): typeof walk {
  return async (path, options) => {
    const place = to(path);
    if (place === path) return walk(path, options);
    const after = options?.after === undefined ? {} : { after: to(options.after) };
    const page = await walk(place, { ...options, ...after });
    return { ...page, entries: back(page.entries, place, path) };
  };
}

function createCopy(copy: NonNullable<StorageDriver['copy']>): typeof copy {
  return (source, destination, options) => copy(to(source), to(destination), options);
}

function createLocalFile(localFile: NonNullable<StorageDriver['localFile']>): typeof localFile {
  return (path, options) => localFile(to(path), options);
}
