import { lstat } from 'node:fs/promises';
import type { FileInfo, WalkOptions, WalkPage } from '@outrigger/driver';
import { MAX_PAGE_SIZE, comparePaths, isBelow, joinPath, throwIfAborted } from '@outrigger/driver';
import { isOurs, toFileInfo } from './file-info.js';
import type { DirectoryEntry } from './read-directory.js';
import { indexAfter, isAbsent } from './read-directory.js';
import type { Store } from './store.js';

/** Stats that run at a time: enough to keep the pool's threads busy, few enough that other calls get their turn. */
const STATS_AT_A_TIME = 64;

/** One page of everything below `path`. A page starts with one read for each directory on the way to `after`. */
export async function walkPage(store: Store, path: string, options: WalkOptions = {}): Promise<WalkPage> {
  const { limit = MAX_PAGE_SIZE, signal } = options;
  const cursor = await openCursor(store, path, options);
  for (;;) {
    const paths = await cursor.next(limit);
    const done = await cursor.isAtEnd();
    const entries: FileInfo[] = [];
    for (let i = 0; i < paths.length; i += STATS_AT_A_TIME) {
      throwIfAborted(signal, path);
      const infos = await Promise.all(
        paths.slice(i, i + STATS_AT_A_TIME).map((entry) => statEntry(store, entry)),
      );
      entries.push(...infos.filter((info) => info !== undefined));
    }
    // An empty page says that the walk is over, which it is not when a whole page has vanished.
    if (entries.length > 0 || done) return { entries, done };
  }
}

interface Frame {
  readonly directory: string;
  readonly entries: readonly DirectoryEntry[];
  index: number;
}

interface Cursor {
  /** The next paths in walk order, at most `count`. */
  next(count: number): Promise<string[]>;
  isAtEnd(): Promise<boolean>;
}

async function openCursor(store: Store, from: string, options: WalkOptions): Promise<Cursor> {
  const { signal } = options;
  const stack = await openStack(store, from, options);
  let ahead: string | undefined;

  const step = async (): Promise<string | undefined> => {
    for (let frame = stack.at(-1); frame !== undefined; frame = stack.at(-1)) {
      const entry = frame.entries[frame.index++];
      if (entry === undefined) {
        stack.pop();
        continue;
      }
      const path = joinPath(frame.directory, entry.name);
      if (entry.isDir) {
        throwIfAborted(signal, from);
        stack.push({ directory: path, entries: await readIfPresent(store, path), index: 0 });
      }
      return path;
    }
    return undefined;
  };

  return {
    async next(count) {
      const paths: string[] = [];
      while (paths.length < count) {
        const path = ahead ?? (await step());
        ahead = undefined;
        if (path === undefined) break;
        paths.push(path);
      }
      return paths;
    },
    async isAtEnd() {
      ahead ??= await step();
      return ahead === undefined;
    },
  };
}

/** The directories that are open at `after`, outermost first, each with its next entry. */
async function openStack(
  store: Store,
  from: string,
  { after, skipChildren = false }: WalkOptions,
): Promise<Frame[]> {
  const stack: Frame[] = [];
  let directory: string | undefined = from;
  let entries = await store.entries.read(store.root.local(from));
  if (after === undefined) return [{ directory: from, entries, index: 0 }];
  if (!isBelow(after, from)) {
    const isSkipped = skipChildren && (after === from || isBelow(from, after));
    return isSkipped || comparePaths(after, from) > 0 ? [] : [{ directory: from, entries, index: 0 }];
  }
  while (directory !== undefined) {
    const name: string = after.slice(directory === '/' ? 1 : directory.length + 1).split('/', 1)[0] ?? '';
    const path: string = joinPath(directory, name);
    const index = indexAfter(entries, name);
    stack.push({ directory, entries, index });
    const entry = entries[index - 1];
    const isOpen = entry?.name === name && entry.isDir && (path !== after || !skipChildren);
    directory = undefined;
    if (!isOpen) break;
    entries = await readIfPresent(store, path);
    if (path === after) stack.push({ directory: path, entries, index: 0 });
    else directory = path;
  }
  return stack;
}

/** A directory that its parent's listing named as one; it may vanish while the walk is on its way to it. */
async function readIfPresent(store: Store, path: string): Promise<readonly DirectoryEntry[]> {
  try {
    return await store.entries.read(store.root.local(path), true);
  } catch (error) {
    if (isAbsent(error)) return [];
    throw error;
  }
}

async function statEntry(store: Store, path: string): Promise<FileInfo | undefined> {
  try {
    const stats = await lstat(store.root.local(path), { bigint: true });
    return isOurs(stats) ? toFileInfo(path, stats) : undefined;
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}
