import { randomUUID } from 'node:crypto';
import type { StorageDriver } from '@outrigger/driver';
import { StorageError, baseName, isStorageError, listAll } from '@outrigger/driver';
import { deleteIfPresent } from '../layout/delete-if-present.js';
import type { Taken } from '../layout/links.js';
import { deletions } from '../layout/paths.js';
import type { Digest } from '../reference/digest.js';
import type { Store } from '../store.js';
import { replica } from './paths.js';
import { isDead } from './process-identity.js';
import { orAbsent } from '../layout/or-absent.js';
import { readText } from '../layout/read-text.js';

/*
 * A delete of a manifest reads what a tag names and then deletes the tag: another replica may set the tag in between, and
 * its client was told so. Within a process a lock keeps the two apart; replicas have this instead. A delete leaves a mark
 * in the store, which says when it has ended, and stays for LINGER_MS after that. Whoever pushes lets the deletes end that it finds,
 * and looks again after it has pushed: where no other delete went on meanwhile, nothing of the push can be gone. Where
 * one did that has deleted the same manifest or one of the tags, the push is looked at when that has ended, and repeated where
 * it is gone. Nobody waits for a replica that is gone: its delete has ended with it, and has taken nobody knows what.
 *
 * A delete of a tag by its name leaves a mark as well: a push whose tag it has taken came before it, and is not repeated when
 * a delete of another manifest gives it cause to look.
 */

/** A push that takes longer than this cannot rely on having seen every delete: it may set a tag again that was deleted by its name. */
const LINGER_MS = 10_000;
/** Each look is a listing and some reads: most deletes are over soon, and those that are not take long. */
const FIRST_LOOK_MS = 25;
const LAST_LOOK_MS = 400;
/** Less than the patience of clients. A replica that was killed is known to be gone after a minute. */
const MAX_WAIT_MS = 20_000;
const MAX_ATTEMPTS = 5;

/** The digest in the mark of a delete that did not come to its end: some of it may have been done. */
const UNKNOWN = '*';

/** What a delete has deleted. */
interface Deleted {
  /** The manifest, or what a tag named that was deleted by its name. */
  readonly digest: string;
  readonly tags: readonly string[];
  /** The manifest stays. */
  readonly byName?: boolean | undefined;
}

/** What a delete has deleted that has failed, or whose replica was killed, as far as is known. */
const CUT_OFF: Deleted = { digest: UNKNOWN, tags: [] };

/** What a push sets. */
export interface Pushed {
  readonly name: string;
  readonly digest: Digest;
  readonly tags: readonly string[];
}

/**
 * Runs a delete of a manifest that other replicas are to know of.
 *
 * @param act - answers the tags that it has deleted
 */
export async function announceDeletion(
  store: Store,
  name: string,
  { text: digest }: Digest,
  act: () => Promise<string[]>,
): Promise<string[]> {
  if (store.presence.id === undefined) return act();
  return withMark(store, name, store.presence.id, async () => {
    const tags = await act();
    return { result: tags, deleted: { digest, tags } };
  });
}

/**
 * Deletes a tag by its name.
 *
 * @param act - answers whether it was there
 * @param take - answers what it named as well, for where other replicas are to know
 * @returns whether it was there
 */
export async function announceTagDeletion(
  store: Store,
  { name, tag }: { readonly name: string; readonly tag: string },
  act: () => Promise<boolean>,
  take: () => Promise<Taken | undefined>,
): Promise<boolean> {
  const { presence } = store;
  // Whoever comes now pushes nothing before this has ended.
  if (presence.id === undefined || (await presence.findAlone())) return act();
  return withMark(store, name, presence.id, async () => {
    const taken = await take();
    const tags = taken === undefined ? [] : [tag];
    return {
      result: taken !== undefined,
      deleted: { digest: taken?.digest?.text ?? '', tags, byName: true },
    };
  });
}

/** Others find a mark from before the start of `act` until some time after its end. */
async function withMark<T>(
  store: Store,
  name: string,
  replicaId: string,
  act: () => Promise<{ readonly result: T; readonly deleted: Deleted }>,
): Promise<T> {
  const { driver, presence } = store;
  const mark = `${deletions(name)}/${replicaId}.${randomUUID()}`;
  try {
    await driver.put(mark, Buffer.from('{}', 'latin1'));
  } catch (error) {
    // A delete makes room on a full disk; whoever is alone there has nobody to tell.
    if (!isStorageError(error, 'QUOTA_EXCEEDED') || !(await presence.findAlone())) throw error;
    return (await act()).result;
  }
  await quietly(store, tidy(driver, name, replicaId));
  let ended = CUT_OFF;
  try {
    const { result, deleted } = await act();
    ended = deleted;
    return result;
  } finally {
    await endMark(store, mark, ended);
  }
}

async function endMark(store: Store, mark: string, ended: Deleted): Promise<void> {
  const { driver } = store;
  await quietly(store, driver.put(mark, Buffer.from(JSON.stringify(ended), 'utf8')));
  setTimeout(() => void quietly(store, deleteIfPresent(driver, mark)), LINGER_MS).unref();
}

async function quietly({ log }: Store, change: Promise<unknown>): Promise<void> {
  await change.catch((error: unknown) => log.debug({ err: error }, 'the mark of a deletion stays'));
}

/**
 * Runs a push of a manifest so that what it has set is there in the end, whatever other replicas delete meanwhile.
 *
 * @param push - may run again
 * @param isComplete - whether all that was pushed is still there, or was replaced by a later push; but for tags that were
 *   deleted by their names since
 * @throws StorageError UNAVAILABLE when a delete does not end in time
 */
export async function pushBesideDeletions(
  store: Store,
  pushed: Pushed,
  push: () => Promise<void>,
  isComplete: (deletedTags: ReadonlySet<string>) => Promise<boolean>,
): Promise<void> {
  const { presence } = store;
  if (presence.id === undefined) return push();
  const wasAlone = await presence.findAlone();
  const { epoch } = presence;
  let before = wasAlone ? undefined : await waitForEnd(store, pushed.name);
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
    const start = performance.now();
    await push();
    if (wasAlone && (await presence.findAlone()) && presence.epoch === epoch) return;
    const after = await waitForEnd(store, pushed.name, before);
    const sawAll = before !== undefined && performance.now() - start < LINGER_MS;
    const since = [...after].filter(([mark]) => before?.has(mark) !== true).map(([, deleted]) => deleted);
    if (sawAll && !since.some((deleted) => touches(deleted, pushed))) return;
    if (await isComplete(tagsTakenByName(since, pushed))) return;
    before = after;
  }
  throw new StorageError('UNAVAILABLE', 'what is pushed is deleted at the same time: try again');
}

/** A tag of another manifest that a delete has not touched may have been deleted by its name: that stays so. */
function touches(deleted: Deleted, { digest, tags }: Pushed): boolean {
  if (deleted.byName === true) return false;
  return (
    deleted.digest === UNKNOWN ||
    deleted.digest === digest.text ||
    tags.some((tag) => deleted.tags.includes(tag))
  );
}

/** The tags that this push had set already when they were deleted. */
function tagsTakenByName(since: readonly Deleted[], { digest }: Pushed): Set<string> {
  const taken = since.filter((deleted) => deleted.byName === true && deleted.digest === digest.text);
  return new Set(taken.flatMap(({ tags }) => tags));
}

type Marks = ReadonlyMap<string, Deleted>;

/**
 * Waits until no delete goes on. Answers the marks of those that have ended, also of those that went meanwhile.
 *
 * @param known - those that had ended before: they stay as they are
 */
async function waitForEnd(store: Store, name: string, known?: Marks): Promise<Marks> {
  const ended = new Map(known);
  const deadline = performance.now() + MAX_WAIT_MS;
  for (let pause = FIRST_LOOK_MS; (await findMarks(store, name, ended)) > 0;) {
    if (performance.now() > deadline)
      throw new StorageError('UNAVAILABLE', 'another replica is deleting from the repository: try again');
    await new Promise((resolve) => setTimeout(resolve, pause));
    pause = Math.min(2 * pause, LAST_LOOK_MS);
  }
  return ended;
}

/**
 * @param ended - gets those that have ended
 * @returns how many go on
 */
async function findMarks(store: Store, name: string, ended: Map<string, Deleted>): Promise<number> {
  const { driver } = store;
  let begun = 0;
  for (const mark of await listMarks(driver, name)) {
    if (ended.has(mark)) continue;
    const content = await readText(driver, mark);
    if (content === undefined) continue;
    const deleted = parse(content);
    if (deleted !== undefined) ended.set(mark, deleted);
    else if (await isOfTheLiving(driver, mark)) begun++;
    else {
      ended.set(mark, CUT_OFF);
      await endMark(store, mark, CUT_OFF);
    }
  }
  return begun;
}

function parse(content: string): Deleted | undefined {
  try {
    const { digest, tags, byName } = JSON.parse(content) as Partial<Deleted>;
    return digest === undefined || tags === undefined ? undefined : { digest, tags, byName };
  } catch {
    return undefined;
  }
}

async function listMarks(driver: StorageDriver, name: string): Promise<string[]> {
  const marks: string[] = [];
  const list = async () => {
    for await (const { path } of listAll(driver, deletions(name))) marks.push(path);
  };
  await orAbsent(list());
  return marks;
}

/** Removes the marks that replicas have left at their end. */
async function tidy(driver: StorageDriver, name: string, ownId: string): Promise<void> {
  for (const mark of await listMarks(driver, name))
    if (replicaOf(mark) !== ownId && !(await isOfTheLiving(driver, mark)))
      await deleteIfPresent(driver, mark);
}

async function isOfTheLiving(driver: StorageDriver, mark: string): Promise<boolean> {
  const content = await readText(driver, replica(replicaOf(mark)));
  return content !== undefined && !isDead(content);
}

function replicaOf(mark: string): string {
  const [id = ''] = baseName(mark).split('.', 1);
  return id;
}
