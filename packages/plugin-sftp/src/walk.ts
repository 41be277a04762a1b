import type { FileInfo, WalkOptions, WalkPage } from '@outrigger/driver';
import { MAX_PAGE_SIZE, comparePaths, isBelow, joinPath, throwIfAborted } from '@outrigger/driver';
import { isAbsent } from './errors.js';
import { inspect, toFileInfo } from './file-info.js';
import type { DirectoryEntry } from './read-directory.js';
import { indexAfter } from './read-directory.js';
import type { Session } from './session.js';
import type { Store } from './store.js';

/** Where a walk goes on. */
interface Scope {
  readonly store: Store;
  readonly session: Session;
  readonly from: string;
  readonly options: WalkOptions;
}

/** The entries of a directory, and which of them is the next. */
interface Frame {
  readonly directory: string;
  readonly entries: readonly DirectoryEntry[];
  index: number;
}

interface Step {
  readonly path: string;
  readonly entry: DirectoryEntry;
}

/** One page of everything below `path`. It starts with one read for each directory on the way to `after`. */
export async function walkPage(
  store: Store,
  session: Session,
  path: string,
  options: WalkOptions = {},
): Promise<WalkPage> {
  const scope = { store, session, from: path, options };
  const { limit = MAX_PAGE_SIZE } = options;
  const stack = await openStack(scope);
  let ahead = await step(scope, stack);
  for (;;) {
    const found: Promise<FileInfo | undefined>[] = [];
    while (found.length < limit && ahead !== undefined) {
      found.push(toInfo(scope, ahead));
      ahead = await step(scope, stack);
    }
    const entries = (await Promise.all(found)).filter((info) => info !== undefined);
    // An empty page says that the walk is over, which it is not when a whole page has vanished.
    if (entries.length > 0 || ahead === undefined) return { entries, done: ahead === undefined };
  }
}

async function step(scope: Scope, stack: Frame[]): Promise<Step | undefined> {
  for (let frame = stack.at(-1); frame !== undefined; frame = stack.at(-1)) {
    const entry = frame.entries[frame.index++];
    if (entry === undefined) {
      stack.pop();
      continue;
    }
    const path = joinPath(frame.directory, entry.name);
    if (entry.isDir) {
      throwIfAborted(scope.options.signal, scope.from);
      stack.push({ directory: path, entries: await readIfPresent(scope, path), index: 0 });
    }
    return { path, entry };
  }
  return undefined;
}

/** The directories that are open at `after`, outermost first, each with its next entry. */
async function openStack(scope: Scope): Promise<Frame[]> {
  const { from } = scope;
  const { after, skipChildren = false } = scope.options;
  let entries = await scope.store.entries.read(scope.session, scope.store.root.local(from));
  if (after === undefined) return [{ directory: from, entries, index: 0 }];
  if (!isBelow(after, from)) {
    const isSkipped = skipChildren && (after === from || isBelow(from, after));
    return isSkipped || comparePaths(after, from) > 0 ? [] : [{ directory: from, entries, index: 0 }];
  }
  const stack: Frame[] = [];
  for (let directory = from; ;) {
    const name = after.slice(directory === '/' ? 1 : directory.length + 1).split('/', 1)[0] ?? '';
    const path = joinPath(directory, name);
    const index = indexAfter(entries, name);
    stack.push({ directory, entries, index });
    const entry = entries[index - 1];
    if (entry?.name !== name || !entry.isDir || (path === after && skipChildren)) return stack;
    entries = await readIfPresent(scope, path);
    if (path === after) {
      stack.push({ directory: path, entries, index: 0 });
      return stack;
    }
    directory = path;
  }
}

/** A directory that its parent's listing named as one; it may vanish while the walk is on its way to it. */
async function readIfPresent({ store, session }: Scope, path: string): Promise<readonly DirectoryEntry[]> {
  try {
    return await store.entries.read(session, store.root.local(path));
  } catch (error) {
    if (isAbsent(error)) return [];
    throw error;
  }
}

async function toInfo({ store, session }: Scope, { path, entry }: Step): Promise<FileInfo | undefined> {
  const { isDir, size, modTime } = entry;
  if (size !== undefined && modTime !== undefined)
    return toFileInfo(path, { kind: isDir ? 'directory' : 'file', size, modTime });
  try {
    return toFileInfo(path, await inspect(session, store.root.local(path)));
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}
