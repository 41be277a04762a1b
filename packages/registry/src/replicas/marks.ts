import { randomUUID } from 'node:crypto';
import { StorageError, baseName, isStorageError } from '@outrigger/driver';
import { deleteIfPresent } from '../layout/delete-if-present.js';
import { listPaths } from '../layout/list-directory.js';
import { readText } from '../layout/read-text.js';
import type { StoreCore } from '../store-core.js';
import { replica } from './paths.js';
import { isDead } from './process-identity.js';

/** Each look is a listing and some reads: most turns are over soon, and those that are not take long. */
const FIRST_LOOK_MS = 25;
const LAST_LOOK_MS = 400;
/** Less than the patience of clients. A replica that was killed on another machine is known to be gone after a minute. */
const MAX_WAIT_MS = 20_000;
/** For so long what a killed replica had begun may go on: its driver may still do what it had been told. */
const GRACE_MS = 2000;
const FIRST_RETRY_MS = 1000;
const LAST_RETRY_MS = 60_000;
/** A store that did not answer may still do what it was asked for. */
const LATE_MS = 60_000;

const URGENT = '.urgent';

/** Of a replica's mark. */
export function isUrgent(mark: string): boolean {
  return mark.endsWith(URGENT);
}

export interface MarkOptions {
  /** Of the replica. */
  readonly id: string;
  readonly urgent?: boolean;
  /** Tells the marks of a replica apart. */
  readonly number?: string;
}

/** Runs `act` while a mark of a replica lies in a directory of the store. */
export async function withMark<T>(
  store: StoreCore,
  directory: string,
  { id, urgent = false, number = randomUUID() }: MarkOptions,
  act: () => Promise<T>,
): Promise<T> {
  const mark = `${directory}/${id}.${number}${urgent ? URGENT : ''}`;
  try {
    await leaveMark(store, mark);
  } catch (error) {
    // It may be there all the same, or come yet.
    await removeMark(store, mark);
    setTimeout(() => void removeMark(store, mark), LATE_MS).unref();
    throw error;
  }
  try {
    return await act();
  } finally {
    await removeMark(store, mark);
  }
}

/** On a full disk a delete makes room: whoever is alone there has nobody to tell. */
async function leaveMark({ driver, presence }: StoreCore, mark: string): Promise<void> {
  try {
    await driver.put(mark, new Uint8Array(0));
  } catch (error) {
    if (!isStorageError(error, 'QUOTA_EXCEEDED') || !(await presence.findAlone())) throw error;
  }
}

/** A mark that stays holds the others up. */
async function removeMark(store: StoreCore, mark: string, retryMs = FIRST_RETRY_MS): Promise<void> {
  try {
    await deleteIfPresent(store.driver, mark);
  } catch (error) {
    store.log.debug({ err: error }, 'the mark of a push or delete stays for now');
    setTimeout(() => void removeMark(store, mark, Math.min(2 * retryMs, LAST_RETRY_MS)), retryMs).unref();
  }
}

export interface Wait {
  /**
   * Looks at the marks that other replicas have in `directory` until these are as they should be, and answers them.
   *
   * @throws StorageError UNAVAILABLE when all waiting together takes too long
   */
  until(directory: string, isRight: (marks: readonly string[]) => boolean): Promise<readonly string[]>;
}

export function createWait(store: StoreCore, ownId: string): Wait {
  const deadline = performance.now() + MAX_WAIT_MS;
  /** When marks were first seen whose replica is gone. */
  const orphans = new Map<string, number>();
  return {
    async until(directory, isRight) {
      for (let pause = FIRST_LOOK_MS; ; pause = Math.min(2 * pause, LAST_LOOK_MS)) {
        const marks = await findMarks(store, directory, ownId, orphans);
        if (performance.now() > deadline)
          throw new StorageError('UNAVAILABLE', 'another replica changes the repository: try again');
        if (isRight(marks)) return marks;
        await new Promise((resolve) => setTimeout(resolve, pause));
      }
    },
  };
}

/** Of the other replicas; removes what the dead have left, when its time is over. */
async function findMarks(
  { driver, log }: StoreCore,
  directory: string,
  ownId: string,
  orphans: Map<string, number>,
): Promise<string[]> {
  const marks = (await listPaths(driver, directory)).filter((mark) => replicaOf(mark) !== ownId);
  const ids = [...new Set(marks.map(replicaOf))];
  const files = await Promise.all(ids.map((id) => readText(driver, replica(id))));
  const living = new Set(ids.filter((_, index) => isAlive(files[index])));
  const goesOn = async (mark: string): Promise<boolean> => {
    if (living.has(replicaOf(mark))) return true;
    const since = orphans.get(mark) ?? performance.now();
    orphans.set(mark, since);
    if (performance.now() - since < GRACE_MS) return true;
    await deleteIfPresent(driver, mark).catch((error: unknown) => {
      log.debug({ err: error }, 'the mark of a replica that is gone stays');
    });
    return false;
  };
  const found = await Promise.all(marks.map(goesOn));
  return marks.filter((_, index) => found[index]);
}

function isAlive(file: string | undefined): boolean {
  return file !== undefined && !isDead(file);
}

function replicaOf(mark: string): string {
  const [id = ''] = baseName(mark).split('.', 1);
  return id;
}
