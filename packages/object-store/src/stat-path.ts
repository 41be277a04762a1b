import type { CallOptions, FileInfo } from '@outrigger/driver';
import { pathNotFound } from '@outrigger/driver';
import type { Keys } from './keys.js';
import type { ObjectStore } from './object-store.js';

/** An object, or else a directory, which is there when anything is below it. The root is always there, when the store is. */
export async function statPath(
  store: ObjectStore,
  keys: Keys,
  path: string,
  { signal }: CallOptions = {},
): Promise<FileInfo> {
  const info = path === '/' ? undefined : await store.head(keys.of(path), { signal });
  if (info !== undefined) {
    const { size, modTime, version } = info;
    return { path, size, modTime, isDir: false, ...(version === undefined ? {} : { version }) };
  }
  const { objects, next } = await store.list({
    prefix: keys.below(path),
    isShallow: false,
    limit: 1,
    signal,
  });
  if (path !== '/' && objects.length === 0 && next === undefined) throw pathNotFound(path);
  return { path, size: 0, modTime: objects[0]?.modTime ?? new Date(0), isDir: true };
}
