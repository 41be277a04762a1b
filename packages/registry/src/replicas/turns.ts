import { randomUUID } from 'node:crypto';
import type { StorageDriver } from '@outrigger/driver';
import { StorageError, baseName, isStorageError, listAll } from '@outrigger/driver';
import { deleteIfPresent } from '../layout/delete-if-present.js';
import { orAbsent } from '../layout/or-absent.js';
import { deletions, pushes } from '../layout/paths.js';
import { readText } from '../layout/read-text.js';
import type { Store } from '../store.js';
import { replica } from './paths.js';
import { isDead } from './process-identity.js';

/*
 * A delete of a manifest reads what a tag names and then deletes the tag: another replica may set the tag in between, and
 * its client was told so. A tag has two files: one that is deleted while another replica sets it may be listed and name nothing. Within a
 * process locks keep pushes and deletes apart. Replicas take turns, in each repository: any number of pushes go on side by side, and so do
 * deletes, but no push beside a delete of another replica.
 *
 * Whoever pushes or deletes leaves a mark first, and then looks for the marks of the other kind: of two who come at once, one at least sees
 * the other. A delete waits for the end of the pushes that it finds. A push that finds a delete takes its own mark back until that has
 * ended, so that neither waits for the other; when it comes again it is urgent: deletes take their marks back for it, and it is
 * not passed over for ever.
 *
 * A replica that was killed does nothing any more, but its driver may still do what it had been told.
 */

/** Each look is a listing and some reads: most turns are over soon, and those that are not take long. */
const FIRST_LOOK_MS = 25;
const LAST_LOOK_MS = 400;
/** Less than the patience of clients. A replica that was killed on another machine is known to be gone after a minute. */
const MAX_WAIT_MS = 20_000;
/** For so long what a killed replica had begun may go on. */
const GRACE_MS = 2000;
const FIRST_RETRY_MS = 1000;
const LAST_RETRY_MS = 60_000;
/** A store that did not answer may still do what it was asked for. */
const LATE_MS = 60_000;

const URGENT = '.urgent';

/**
 * Runs a push of a manifest beside no delete of another replica.
 *
 * @param push - may run again
 * @param isComplete - whether all that was pushed is still there, or was replaced by a later push
 * @throws StorageError UNAVAILABLE when a delete does not end in time
 */
export async function pushInTurn(
  store: Store,
  name: string,
  push: () => Promise<void>,
  isComplete: () => Promise<boolean>,
): Promise<void> {
  const { presence } = store;
  if (presence.id === undefined) return push();
  if (!(await presence.findAlone())) return takeTurn(store, presence.id, name, push);
  const { epoch } = presence;
  await push();
  if ((await presence.findAlone()) && presence.epoch === epoch) return;
  // Who has come meanwhile may have deleted without a look at this push, which left no mark.
  await takeTurn(store, presence.id, name, async () => {
    if (!(await isComplete())) await push();
  });
}

/**
 * Runs a delete from a repository beside no push of another replica.
 *
 * @throws StorageError UNAVAILABLE when a push does not end in time
 */
export async function deleteInTurn<T>(store: Store, name: string, act: () => Promise<T>): Promise<T> {
  const { presence } = store;
  if (presence.id === undefined) return act();
  const wait = createWait(store, presence.id);
  for (;;) {
    const done = await withMark(store, `${deletions(name)}/${presence.id}.${randomUUID()}`, async () => {
      // Whoever comes behind the mark finds it.
      if (await presence.findAlone()) return { result: await act() };
      const pushing = await wait.until(pushes(name), (marks) => marks.length === 0 || marks.some(isUrgent));
      return pushing.length === 0 ? { result: await act() } : undefined;
    });
    if (done !== undefined) return done.result;
    await wait.until(pushes(name), (marks) => !marks.some(isUrgent));
  }
}

async function takeTurn(store: Store, id: string, name: string, push: () => Promise<void>): Promise<void> {
  const wait = createWait(store, id);
  for (let urgency = ''; ; urgency = URGENT) {
    const mark = `${pushes(name)}/${id}.${randomUUID()}${urgency}`;
    const deleting = await withMark(store, mark, async () => {
      const found = await wait.until(deletions(name), (marks) => marks.length === 0 || urgency === '');
      if (found.length === 0) await push();
      return found;
    });
    if (deleting.length === 0) return;
    await wait.until(deletions(name), (marks) => !marks.some((each) => deleting.includes(each)));
  }
}

function isUrgent(mark: string): boolean {
  return mark.endsWith(URGENT);
}

async function withMark<T>(store: Store, mark: string, act: () => Promise<T>): Promise<T> {
  try {
    await leaveMark(store, mark);
  } catch (error) {
    // It may be there all the same, or come yet.
    await removeMark(store, mark, FIRST_RETRY_MS);
    setTimeout(() => void removeMark(store, mark, FIRST_RETRY_MS), LATE_MS).unref();
    throw error;
  }
  try {
    return await act();
  } finally {
    await removeMark(store, mark, FIRST_RETRY_MS);
  }
}

/** On a full disk a delete makes room: whoever is alone there has nobody to tell. */
async function leaveMark({ driver, presence }: Store, mark: string): Promise<void> {
  try {
    await driver.put(mark, new Uint8Array(0));
  } catch (error) {
    if (!isStorageError(error, 'QUOTA_EXCEEDED') || !(await presence.findAlone())) throw error;
  }
}

/** A mark that stays holds the others up. */
async function removeMark(store: Store, mark: string, retryMs: number): Promise<void> {
  try {
    await deleteIfPresent(store.driver, mark);
  } catch (error) {
    store.log.debug({ err: error }, 'the mark of a push or delete stays for now');
    setTimeout(() => void removeMark(store, mark, Math.min(2 * retryMs, LAST_RETRY_MS)), retryMs).unref();
  }
}

interface Wait {
  /**
   * Looks at the marks that other replicas have in `directory` until these are as they should be, and answers them.
   *
   * @throws StorageError UNAVAILABLE when all waiting together takes too long
   */
  until(directory: string, isRight: (marks: readonly string[]) => boolean): Promise<readonly string[]>;
}

function createWait({ driver, log }: Store, ownId: string): Wait {
  const deadline = performance.now() + MAX_WAIT_MS;
  /** When marks were first seen whose replica is gone. */
  const orphans = new Map<string, number>();
  const goesOn = async (mark: string): Promise<boolean> => {
    if (await isOfTheLiving(driver, mark)) return true;
    const since = orphans.get(mark) ?? performance.now();
    orphans.set(mark, since);
    if (performance.now() - since < GRACE_MS) return true;
    await deleteIfPresent(driver, mark).catch((error: unknown) => {
      log.debug({ err: error }, 'the mark of a replica that is gone stays');
    });
    return false;
  };
  const look = async (directory: string): Promise<string[]> => {
    const marks = (await listMarks(driver, directory)).filter((mark) => replicaOf(mark) !== ownId);
    const found = await Promise.all(marks.map(goesOn));
    return marks.filter((_, index) => found[index]);
  };
  return {
    async until(directory, isRight) {
      for (let pause = FIRST_LOOK_MS; ; pause = Math.min(2 * pause, LAST_LOOK_MS)) {
        const marks = await look(directory);
        if (performance.now() > deadline)
          throw new StorageError('UNAVAILABLE', 'another replica changes the repository: try again');
        if (isRight(marks)) return marks;
        await new Promise((resolve) => setTimeout(resolve, pause));
      }
    },
  };
}

async function listMarks(driver: StorageDriver, directory: string): Promise<string[]> {
  const marks: string[] = [];
  const list = async () => {
    for await (const { path } of listAll(driver, directory)) marks.push(path);
  };
  await orAbsent(list());
  return marks;
}

async function isOfTheLiving(driver: StorageDriver, mark: string): Promise<boolean> {
  const content = await readText(driver, replica(replicaOf(mark)));
  return content !== undefined && !isDead(content);
}

function replicaOf(mark: string): string {
  const [id = ''] = baseName(mark).split('.', 1);
  return id;
}
