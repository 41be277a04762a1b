import type { CallOptions, ListEntry, StorageDriver } from '@outrigger/driver';
import { baseName, comparePaths, isBelow, isStorageError, joinPath, listAll } from '@outrigger/driver';
import { isName } from '../../reference/name.js';
import { BLOBS, INDEX_FILE, LAYOUT_FILE } from './paths.js';

export interface LayoutOptions extends CallOptions {
  /** Only those after this name. */
  readonly after?: string | undefined;
  /** Also those that are only a directory of blobs so far. */
  readonly withUnfinished?: boolean | undefined;
}

/**
 * All directories below the root that hold a layout, by their names. What can be no repository's name is not looked into, and neither are the
 * blobs.
 */
export async function* listLayouts(
  driver: StorageDriver,
  options: LayoutOptions,
  directory = '/',
): AsyncGenerator<string> {
  const { after: last, signal, withUnfinished } = options;
  const after = last === undefined ? undefined : `/${last}`;
  const entries = await listEntries(driver, directory, { signal });
  const isAfter = after === undefined || comparePaths(directory, after) > 0;
  const names = entries.map(({ path }) => baseName(path));
  const isLayout =
    names.includes(INDEX_FILE) ||
    names.includes(LAYOUT_FILE) ||
    (withUnfinished === true && names.includes(BLOBS));
  if (isAfter && isLayout && directory !== '/') yield directory.slice(1);
  for (const { path } of entries.filter(mayHoldLayouts)) {
    const child = joinPath(directory, baseName(path));
    const isWhollyBefore = after !== undefined && comparePaths(child, after) < 0 && !isBelow(after, child);
    if (!isWhollyBefore) yield* listLayouts(driver, options, child);
  }
}

function mayHoldLayouts({ path, isDir }: ListEntry): boolean {
  const name = baseName(path);
  return isDir !== false && name !== BLOBS && name !== INDEX_FILE && name !== LAYOUT_FILE && isName(name);
}

async function listEntries(
  driver: StorageDriver,
  directory: string,
  options: CallOptions,
): Promise<ListEntry[]> {
  const entries: ListEntry[] = [];
  try {
    for await (const entry of listAll(driver, directory, options)) entries.push(entry);
  } catch (error) {
    if (!isStorageError(error, 'PATH_NOT_FOUND')) throw error;
  }
  return entries;
}
