import type { FileInfo } from '@outrigger/driver';
import { StorageError, comparePaths } from '@outrigger/driver';
import { HIGHEST, type Keys, stemsOf } from './keys.js';
import type { ObjectInfo, ObjectStore } from './object-store.js';
import type { SignalOption } from './signal-option.js';

/** A part of a walk that is still to be listed: what is below `prefix`, and behind `startAfter` in the byte order of keys. */
export interface WalkRange {
  readonly prefix: string;
  readonly startAfter?: string | undefined;
  /** Only keys below it, in byte order. */
  readonly end?: string | undefined;
  /** Prefixes of keys that are not wanted, or were walked before. */
  readonly skip: readonly string[];
  /** The directory of this prefix was told of already, and those above it. */
  readonly shown: string;
}

/** What there is to do, in the order of the walk: entries that are known, and ranges that are not. */
export type WalkTask = readonly FileInfo[] | WalkRange;

/** A page of a range, and whether the store had anything at all there. */
export interface Listed {
  readonly tasks: readonly WalkTask[];
  readonly isEmpty: boolean;
}

/**
 * Lists one page of a range. Stores list in byte order, where `v1-x` and `v1.2` come before all that is below `v1/`; a walk wants
 * them behind it. So, where the page ends at a key L, and `/` sorts above `-` and `.`:
 *
 * - what is behind L in bytes and before it in the walk lies below a directory that the name of a part of L begins with
 *   (see {@link stemsOf}): these few directories become ranges of their own, at their places, and are skipped later;
 * - what is before L in bytes and behind it in the walk has to wait until the directories above L are done.
 */
export async function listRange(
  store: ObjectStore,
  keys: Keys,
  range: WalkRange,
  limit: number,
  { signal }: SignalOption = {},
): Promise<Listed> {
  const { prefix, startAfter, end, skip } = range;
  const page = await store.list({ prefix, isShallow: false, startAfter, limit, signal });
  if (page.next !== undefined && page.next === startAfter)
    throw new StorageError('INTERNAL', `the store lists the same page again, after ${page.next}`);
  const isInside = (key: string) => end === undefined || key < end;
  const objects = page.objects.filter(
    ({ key }) => isInside(key) && !skip.some((each) => key.startsWith(each)),
  );
  const entries = entriesOf(objects, keys, range);
  const isEmpty = page.objects.length === 0 && page.next === undefined;
  const isLast = page.next === undefined || !isInside(page.next);
  return {
    tasks: isLast ? [entries] : splitAt(behindSkipped(page.next, skip), entries, range, keys),
    isEmpty,
  };
}

/** Objects and the directories that they lie in, in walk order. */
function entriesOf(objects: readonly ObjectInfo[], keys: Keys, range: WalkRange): FileInfo[] {
  const infos = new Map<string, FileInfo>();
  const directories = new Map<string, FileInfo>();
  for (const { key, size, modTime, version } of objects) {
    addDirectories(directories, key, modTime, keys, range);
    const path = keys.pathOf(key);
    if (path !== undefined)
      infos.set(key, { path, size, modTime, isDir: false, ...(version === undefined ? {} : { version }) });
  }
  for (const [key, info] of directories) if (!infos.has(key)) infos.set(key, info);
  return [...infos].sort(([a], [b]) => comparePaths(a, b)).map(([, info]) => info);
}

/** The directories above a key, the deepest first, that were not told of before. */
function addDirectories(
  directories: Map<string, FileInfo>,
  key: string,
  modTime: Date,
  keys: Keys,
  { startAfter, shown }: WalkRange,
): void {
  for (let end = key.lastIndexOf('/'); end >= shown.length; end = key.lastIndexOf('/', end - 1)) {
    const directory = key.slice(0, end);
    if (directories.has(directory)) return;
    if (startAfter === directory || startAfter?.startsWith(`${directory}/`) === true) return;
    const path = keys.pathOf(directory);
    if (path !== undefined) directories.set(directory, { path, size: 0, modTime, isDir: true });
  }
}

/** Where to go on: behind a directory that is skipped, when the page ended in it. */
function behindSkipped(last: string, skip: readonly string[]): string {
  const skipped = skip.find((each) => last.startsWith(each));
  return skipped === undefined ? last : skipped + HIGHEST;
}

function splitAt(last: string, entries: readonly FileInfo[], range: WalkRange, keys: Keys): WalkTask[] {
  const isBefore = ({ path }: FileInfo) => comparePaths(keys.of(path), last) <= 0;
  const before = entries.filter(isBefore);
  const after = entries.filter((entry) => !isBefore(entry));
  const stems = stemRanges(last, range, before, keys);
  const skip = [...range.skip, ...stems.map(({ prefix }) => prefix)].filter((each) => each + HIGHEST > last);
  return [
    ...interleave(before, stems, keys),
    ...rest({ ...range, startAfter: last, skip }, last, after, keys),
  ];
}

function stemRanges(last: string, range: WalkRange, before: readonly FileInfo[], keys: Keys): WalkRange[] {
  const ranges: WalkRange[] = [];
  const shown = new Set(before.map(({ path }) => keys.of(path)));
  for (const directory of stemDirectories(last, range.prefix)) {
    const prefix = `${directory}/`;
    if (range.skip.some((each) => prefix.startsWith(each))) continue;
    if (range.end !== undefined && prefix >= range.end) continue;
    const isShown = shown.has(directory) || range.startAfter === directory;
    const parent = directory.slice(0, directory.lastIndexOf('/') + 1);
    ranges.push({ prefix, skip: [], shown: isShown ? prefix : parent });
  }
  return ranges;
}

/** The stems of each part of a key below a prefix, as keys without a slash at their end, in walk order. */
export function stemDirectories(key: string, prefix: string): string[] {
  let above = prefix;
  return key
    .slice(prefix.length)
    .split('/')
    .flatMap((name) => {
      const stems = stemsOf(name).map((stem) => above + stem);
      above += `${name}/`;
      return stems;
    });
}

/** Entries and ranges, both in walk order, in one order. */
function interleave(entries: readonly FileInfo[], ranges: readonly WalkRange[], keys: Keys): WalkTask[] {
  const tasks: WalkTask[] = [];
  let from = 0;
  for (const range of ranges) {
    let to = from;
    for (let entry = entries[to]; entry !== undefined; entry = entries[++to])
      if (comparePaths(keys.of(entry.path), range.prefix) > 0) break;
    tasks.push(entries.slice(from, to), range);
    from = to;
  }
  return [...tasks, entries.slice(from)];
}

/** What follows a page that ended at `last`; `late` are those of its entries that have to wait for directories above `last`. */
function rest(range: WalkRange, last: string, late: readonly FileInfo[], keys: Keys): WalkTask[] {
  const tasks: WalkTask[] = [];
  let startAfter = last;
  for (let from = 0, to = 0; from < late.length; from = to) {
    const directory = directoryBefore(late[from], last, keys);
    while (to < late.length && directoryBefore(late[to], last, keys) === directory) to++;
    const prefix = `${directory}/`;
    if (!range.skip.some((each) => prefix.startsWith(each)))
      tasks.push({ prefix, startAfter, skip: range.skip, shown: prefix });
    tasks.push(late.slice(from, to));
    startAfter = prefix + HIGHEST;
  }
  return [...tasks, { ...range, startAfter }];
}

/** The directory above `last` that an entry has to wait for: it begins with its name, and goes on with less than a slash. */
function directoryBefore(entry: FileInfo | undefined, last: string, keys: Keys): string {
  const key = entry === undefined ? '' : keys.of(entry.path);
  let end = 0;
  while (end < key.length && key[end] === last[end]) end++;
  return key.slice(0, end);
}
