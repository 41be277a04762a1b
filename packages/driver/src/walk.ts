import type { FileInfo, ListEntry, WalkPage } from './file-info.js';
import { listAll } from './list.js';
import { comparePaths, isBelow } from './path.js';
import type { CallOptions, StorageDriver } from './storage-driver.js';
import { isStorageError } from './storage-error.js';

/** What a visitor wants next: `skip` does not enter this directory, `stop` ends the walk without an error. */
export type WalkVerdict = 'skip' | 'stop' | undefined;

export type WalkVisitor = (info: FileInfo) => Promise<WalkVerdict> | WalkVerdict;

export interface WalkFromOptions extends CallOptions {
  /** Only entries behind this path in walk order are visited. */
  readonly startAfter?: string | undefined;
}

/**
 * Visits everything below `from` in walk order, directories before their children, `from` itself left out. Uses the
 * driver's own walk where it has one. An entry that vanishes between its listing and its stat is left out. An error
 * of the visitor ends the walk and is passed on.
 *
 * @throws StorageError PATH_NOT_FOUND when `from` is absent
 */
export async function walk(
  driver: StorageDriver,
  from: string,
  visit: WalkVisitor,
  options: WalkFromOptions = {},
): Promise<void> {
  const { startAfter } = options;
  if (
    startAfter !== undefined &&
    startAfter !== from &&
    !isBelow(startAfter, from) &&
    comparePaths(startAfter, from) > 0
  )
    return;
  await (driver.capabilities.walk === true
    ? walkPages(driver, from, visit, options)
    : walkDirectory(driver, from, visit, options));
}

async function walkPages(
  driver: StorageDriver,
  from: string,
  visit: WalkVisitor,
  options: WalkFromOptions,
): Promise<WalkVerdict> {
  let after = options.startAfter;
  let skipChildren = false;
  for (;;) {
    const page: WalkPage | undefined = await driver.walk?.(from, {
      after,
      skipChildren,
      signal: options.signal,
    });
    if (page === undefined) return undefined;
    let skipped: string | undefined;
    for (const info of page.entries) {
      if (skipped !== undefined && isBelow(info.path, skipped)) continue;
      skipped = undefined;
      const verdict = await visit(info);
      if (verdict === 'stop') return 'stop';
      if (verdict === 'skip' && info.isDir) skipped = info.path;
    }
    if (page.done || page.entries.length === 0) return undefined;
    after = skipped ?? page.entries.at(-1)?.path;
    skipChildren = skipped !== undefined;
  }
}

async function walkDirectory(
  driver: StorageDriver,
  directory: string,
  visit: WalkVisitor,
  options: WalkFromOptions,
  isStart = true,
): Promise<WalkVerdict> {
  const { startAfter, signal } = options;
  for await (const entry of childrenOf(driver, directory, isStart, signal)) {
    if (startAfter !== undefined && isWhollyBefore(entry.path, startAfter)) continue;
    const info = await complete(driver, entry, signal);
    if (info === undefined) continue;
    const isHeld = startAfter !== undefined && comparePaths(info.path, startAfter) <= 0;
    const verdict = isHeld ? undefined : await visit(info);
    if (verdict === 'stop') return 'stop';
    if (!info.isDir || verdict === 'skip') continue;
    if ((await walkDirectory(driver, info.path, visit, options, false)) === 'stop') return 'stop';
  }
  return undefined;
}

/** A subdirectory may vanish while the walk is on its way to it, or between two of its pages. */
async function* childrenOf(
  driver: StorageDriver,
  directory: string,
  isStart: boolean,
  signal: AbortSignal | undefined,
): AsyncGenerator<ListEntry> {
  try {
    yield* listAll(driver, directory, { signal });
  } catch (error) {
    if (isStart || !isStorageError(error, 'PATH_NOT_FOUND')) throw error;
  }
}

function isWhollyBefore(path: string, hint: string): boolean {
  return comparePaths(path, hint) < 0 && !isBelow(hint, path);
}

async function complete(
  driver: StorageDriver,
  entry: ListEntry,
  signal: AbortSignal | undefined,
): Promise<FileInfo | undefined> {
  const { path, size, modTime, isDir } = entry;
  if (isDir !== undefined && size !== undefined && modTime !== undefined)
    return { path, size, modTime, isDir };
  try {
    return await driver.stat(path, { signal });
  } catch (error) {
    if (isStorageError(error, 'PATH_NOT_FOUND')) return undefined;
    throw error;
  }
}
