import type { CallOptions } from '@outrigger/driver';
import { MAX_PAGE_SIZE, createRegulator, invalidPath, isBelow, pathNotFound } from '@outrigger/driver';
import type { Keys } from './keys.js';
import type { ObjectInfo, ObjectStore } from './object-store.js';
import { transfer } from './transfer.js';
import type { UploadStates } from './upload-states.js';

/** What there is to rearrange. */
export interface Arrangement {
  readonly store: ObjectStore;
  readonly keys: Keys;
  readonly states: UploadStates;
}

/** Objects of one directory that are moved at a time. */
const TRANSFERS = 8;

/** Copies an object on the server's side. */
export async function copyObject(
  { store, keys }: Arrangement,
  source: string,
  destination: string,
  { signal }: CallOptions = {},
): Promise<void> {
  const isThere =
    source === destination
      ? (await store.head(keys.of(source), { signal })) !== undefined
      : await store.copy(keys.of(source), keys.of(destination), { signal });
  if (!isThere) throw pathNotFound(source);
}

/**
 * Moves an object, or a directory with all below it, object by object: a move that was cut off can be done again. Uploads that
 * were closed below a directory end with it.
 */
export async function movePath(
  arrangement: Arrangement,
  source: string,
  destination: string,
  options: CallOptions = {},
): Promise<void> {
  if (source === destination || isBelow(destination, source)) {
    await checkPresent(arrangement, source, options);
    if (source === destination) return;
    throw invalidPath(destination, 'it lies below the source');
  }
  if (!(await moveObject(arrangement, source, destination, options)))
    await moveDirectory(arrangement, source, destination, options);
}

/**
 * Deletes an object, or a directory with all below it, closed uploads included.
 *
 * @throws StorageError PATH_NOT_FOUND when nothing of all this was there
 */
export async function deletePath(
  arrangement: Arrangement,
  path: string,
  options: CallOptions = {},
): Promise<void> {
  const { store, keys, states } = arrangement;
  const key = keys.of(path);
  const found = await Promise.all([
    store.head(key, options).then(async (info) => {
      if (info !== undefined) await store.delete([key], options);
      return info !== undefined;
    }),
    deleteBelow(arrangement, path, options),
    states.discardAt(path, options),
  ]);
  if (!found.includes(true)) throw pathNotFound(path);
}

async function checkPresent({ store, keys }: Arrangement, path: string, options: CallOptions): Promise<void> {
  if ((await store.head(keys.of(path), options)) !== undefined) return;
  for await (const page of pagesBelow(store, keys.below(path), options)) if (page.length > 0) return;
  throw pathNotFound(path);
}

async function moveObject(
  { store, keys }: Arrangement,
  source: string,
  destination: string,
  options: CallOptions,
): Promise<boolean> {
  const [from, to] = [keys.of(source), keys.of(destination)];
  if (!(await transfer(store, from, to, options))) return false;
  if (store.move === undefined) await store.delete([from], options);
  return true;
}

async function moveDirectory(
  arrangement: Arrangement,
  source: string,
  destination: string,
  options: CallOptions,
): Promise<void> {
  const { store, keys, states } = arrangement;
  const [from, to] = [keys.below(source), keys.below(destination)];
  const regulator = createRegulator(TRANSFERS);
  let isAny = false;
  for await (const page of pagesBelow(store, from, options)) {
    if (!isAny && page.length > 0 && (await store.head(keys.of(destination), options)) !== undefined)
      throw invalidPath(destination, 'something else is there');
    isAny ||= page.length > 0;
    const transfers = page.map(({ key }) =>
      regulator.run(() => transfer(store, key, to + key.slice(from.length), options), options.signal),
    );
    await Promise.all(transfers);
    // What was copied and nothing else: somebody may put more there meanwhile.
    if (store.move === undefined) await deleteAll(store, page, options);
  }
  if (!isAny) throw pathNotFound(source);
  await states.discardAt(source, options);
}

async function deleteBelow(
  { store, keys }: Arrangement,
  path: string,
  options: CallOptions,
): Promise<boolean> {
  let isAny = false;
  for await (const page of pagesBelow(store, keys.below(path), options)) {
    isAny ||= page.length > 0;
    await deleteAll(store, page, options);
  }
  return isAny;
}

async function deleteAll(
  store: ObjectStore,
  page: readonly ObjectInfo[],
  options: CallOptions,
): Promise<void> {
  const keys = page.map(({ key }) => key);
  if (keys.length > 0) await store.delete(keys, options);
}

async function* pagesBelow(
  store: ObjectStore,
  prefix: string,
  { signal }: CallOptions,
): AsyncGenerator<readonly ObjectInfo[]> {
  let startAfter: string | undefined;
  do {
    const page = await store.list({ prefix, isShallow: false, startAfter, limit: MAX_PAGE_SIZE, signal });
    yield page.objects;
    startAfter = page.next;
  } while (startAfter !== undefined);
}
