import { randomUUID } from 'node:crypto';
import { StorageError, baseName, isStorageError, listAll } from '@outrigger/driver';
import { deleteIfPresent } from '../layout/links.js';
import { deletions } from '../layout/paths.js';
import type { Store } from '../store.js';
import { replica } from './paths.js';

/*
 * A delete of a manifest reads what a tag names and then deletes the tag: another replica may set the tag in between, and
 * its client was told so. Within a process a lock keeps the two apart; replicas have this instead. A delete leaves a file
 * while it goes on, and for LINGER_MS after it. Whoever pushes looks for such files before and after: where there was none, no
 * delete went on beside the push. Where there was one, the push is looked at again when the delete has ended, and repeated
 * where something of it is gone. A file of a replica that is gone counts for nothing.
 */

/** A push that takes longer than this cannot rely on having seen every delete. */
const LINGER_MS = 2000;
const LOOK_EVERY_MS = 100;
/** Less than the patience of clients. A replica that was killed is known to be gone after a minute. */
const MAX_WAIT_MS = 20_000;

/** Runs a delete of a manifest that other replicas are to know of. */
export async function announceDeletion<T>(store: Store, name: string, act: () => Promise<T>): Promise<T> {
  const { driver, presence, log } = store;
  if (presence.id === undefined) return act();
  const path = `${deletions(name)}/${presence.id}.${randomUUID()}`;
  await driver.put(path, Buffer.alloc(0));
  try {
    return await act();
  } finally {
    const remove = () =>
      void deleteIfPresent(driver, path).catch((error: unknown) =>
        log.debug({ err: error }, 'the mark of a deletion stays'),
      );
    setTimeout(remove, LINGER_MS).unref();
  }
}

/**
 * Runs a push of a manifest so that what it has set is there in the end, whatever other replicas delete meanwhile.
 *
 * @param push - may run again
 * @param isComplete - whether all that was pushed is still there, or was replaced by a later push
 * @throws StorageError UNAVAILABLE when a delete does not end in time
 */
export async function pushBesideDeletions(
  store: Store,
  name: string,
  push: () => Promise<void>,
  isComplete: () => Promise<boolean>,
): Promise<void> {
  const { presence } = store;
  if (presence.id === undefined) return push();
  const wasAlone = presence.isAlone();
  const { epoch } = presence;
  const start = performance.now();
  const before = wasAlone ? [] : await findDeletions(store, name);
  await push();
  if (wasAlone && presence.isAlone() && presence.epoch === epoch) return;
  let after = await findDeletions(store, name);
  const isUndisturbed = !wasAlone && before.length + after.length === 0;
  if (isUndisturbed && performance.now() - start < LINGER_MS) return;
  for (let attempt = 1; ; attempt++) {
    await waitForEnd(store, name, after);
    if (await isComplete()) return;
    if (attempt === MAX_ATTEMPTS) throw new StorageError('UNAVAILABLE', 'others delete what is pushed');
    await push();
    after = await findDeletions(store, name);
  }
}

const MAX_ATTEMPTS = 5;

/** Deletes that replicas which still live have begun, and not ended long ago. */
async function findDeletions({ driver }: Store, name: string): Promise<string[]> {
  const found: string[] = [];
  try {
    for await (const { path } of listAll(driver, deletions(name))) {
      const [id = ''] = baseName(path).split('.', 1);
      if (await isThere(driver, replica(id))) found.push(path);
      else await deleteIfPresent(driver, path);
    }
  } catch (error) {
    if (!isStorageError(error, 'PATH_NOT_FOUND')) throw error;
  }
  return found;
}

async function waitForEnd(store: Store, name: string, first: readonly string[]): Promise<void> {
  const deadline = performance.now() + MAX_WAIT_MS;
  for (let left = first; left.length > 0;) {
    if (performance.now() > deadline)
      throw new StorageError('UNAVAILABLE', 'another replica is deleting from the repository: try again');
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    const there = await findDeletions(store, name);
    left = left.filter((path) => there.includes(path));
  }
}

async function isThere(driver: Store['driver'], path: string): Promise<boolean> {
  try {
    await driver.stat(path);
    return true;
  } catch (error) {
    if (isStorageError(error, 'PATH_NOT_FOUND')) return false;
    throw error;
  }
}
