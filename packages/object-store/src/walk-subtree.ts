import type { FileInfo, WalkOptions, WalkPage } from '@outrigger/driver';
import { MAX_PAGE_SIZE, comparePaths, isBelow, pathNotFound } from '@outrigger/driver';
import { HIGHEST, type Keys } from './keys.js';
import type { ObjectStore } from './object-store.js';
import type { SignalOption } from './signal-option.js';
import { type WalkRange, type WalkTask, listRange, stemDirectories } from './walk-range.js';

/** One page of all that is below a directory, in walk order. */
export async function walkSubtree(
  store: ObjectStore,
  keys: Keys,
  path: string,
  options: WalkOptions = {},
): Promise<WalkPage> {
  const { limit = MAX_PAGE_SIZE, signal } = options;
  // The next one last.
  const tasks = (await beginning(store, keys, path, options)).reverse();
  const entries: FileInfo[] = [];
  let isAbsent = options.after === undefined;
  for (let task = tasks.pop(); task !== undefined; task = tasks.pop()) {
    if (!isRange(task)) {
      const room = limit - entries.length;
      entries.push(...task.slice(0, room));
      if (task.length > room) return { entries, done: false };
    } else {
      if (entries.length === limit) return { entries, done: false };
      const listed = await listRange(store, keys, task, limit - entries.length, { signal });
      isAbsent &&= listed.isEmpty;
      tasks.push(...listed.tasks.toReversed());
    }
  }
  if (entries.length === 0 && path !== '/' && (isAbsent || (await isGone(store, keys, path, { signal }))))
    throw pathNotFound(path);
  return { entries, done: true };
}

function isRange(task: WalkTask): task is WalkRange {
  return 'prefix' in task;
}

async function beginning(
  store: ObjectStore,
  keys: Keys,
  path: string,
  { after, skipChildren = false, signal }: WalkOptions,
): Promise<WalkTask[]> {
  const prefix = keys.below(path);
  const whole: WalkRange = { prefix, skip: path === '/' ? [keys.hidden] : [], shown: prefix };
  if (after === undefined) return [whole];
  if (isBelow(after, path)) {
    const children = skipChildren ? [keys.below(after)] : [];
    return behind(store, { ...whole, skip: [...whole.skip, ...children] }, keys.of(after), { signal });
  }
  const isSkipped = skipChildren && (after === path || isBelow(path, after));
  return isSkipped || comparePaths(after, path) > 0 ? [] : [whole];
}

/**
 * What is behind a key in walk order: behind it in byte order too, without the directories that the names of its parts begin
 * with; and what begins with the name of a directory above it and goes on with less than a slash, if anything does.
 */
async function behind(
  store: ObjectStore,
  whole: WalkRange,
  after: string,
  options: SignalOption,
): Promise<WalkTask[]> {
  const skip = [...whole.skip, ...stemDirectories(after, whole.prefix).map((stem) => `${stem}/`)];
  const above = directoriesAbove(after, whole.prefix);
  const late = await Promise.all(above.map((directory) => hasLate(store, directory, options)));
  const tasks: WalkTask[] = [];
  let startAfter = after;
  for (const [i, directory] of above.entries()) {
    if (late[i] !== true) continue;
    const prefix = `${directory}/`;
    const parent = parentOf(directory);
    tasks.push(
      { prefix, startAfter, skip, shown: prefix },
      { prefix: parent, startAfter: directory, end: prefix, skip, shown: parent },
    );
    startAfter = prefix + HIGHEST;
  }
  return [...tasks, { ...whole, startAfter, skip }];
}

/** The deepest first, without a slash at the end. */
function directoriesAbove(key: string, prefix: string): string[] {
  const directories: string[] = [];
  for (let end = key.lastIndexOf('/'); end >= prefix.length; end = key.lastIndexOf('/', end - 1))
    directories.push(key.slice(0, end));
  return directories;
}

/** Whether there are keys between a directory's name and all that is below it: `v1-x` and `v1.2` for `v1`. */
async function hasLate(store: ObjectStore, directory: string, { signal }: SignalOption): Promise<boolean> {
  const { objects, next } = await store.list({
    prefix: parentOf(directory),
    isShallow: false,
    startAfter: directory,
    limit: 1,
    signal,
  });
  const [first] = objects;
  return first === undefined ? next !== undefined : first.key < `${directory}/`;
}

function parentOf(key: string): string {
  return key.slice(0, key.lastIndexOf('/') + 1);
}

async function isGone(
  store: ObjectStore,
  keys: Keys,
  path: string,
  { signal }: SignalOption,
): Promise<boolean> {
  const { objects, next } = await store.list({
    prefix: keys.below(path),
    isShallow: false,
    limit: 1,
    signal,
  });
  return objects.length === 0 && next === undefined;
}
