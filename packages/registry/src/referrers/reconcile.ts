import { createRegulator, isStorageError, MAX_PUT_SIZE } from '@outrigger/driver';
import { listDigests, listNames } from '../layout/list-directory.js';
import { manifestsWithoutSubject, referrerIndex } from '../layout/paths.js';
import { parseManifest } from '../manifests/parse-manifest.js';
import type { Digest } from '../reference/digest.js';
import { digestOf } from '../reference/digest.js';
import { isRegistryError } from '../registry-error.js';
import type { Store } from '../store.js';
import { describeReferrer, writeReferrer } from './referrer-entry.js';

/**
 * Files what another registry, in its turn on the store, has taken without filing it: Distribution knows no referrers.
 * Resolves when all manifests of the repository that have a subject are filed. Works once in each process for
 * each version of a repository that the layout knows of.
 */
export async function reconcileReferrers(store: Store, name: string): Promise<void> {
  const version = await store.layout.manifests.version(name);
  await store.reconciled.run(`${name}@${version}`, () => fileMissing(store, name));
}

/**
 * Reads every manifest that is neither filed nor known to have no subject. The known ones are kept in one file, so that the
 * next process reads only what is new; what is filed is never taken from it, so that a referrer which was deleted here and
 * pushed again there is found.
 */
async function fileMissing(store: Store, name: string): Promise<void> {
  const [all, filed, plain] = await Promise.all([
    store.layout.manifests.list(name),
    listFiled(store, name),
    readPlain(store, name),
  ]);
  const unknown = all.filter(({ text }) => !filed.has(text) && !plain.has(text));
  if (unknown.length === 0) return;
  const regulator = createRegulator(PARALLEL_READS);
  const found = await Promise.all(unknown.map((digest) => regulator.run(() => fileOne(store, name, digest))));
  const kept = all.filter(({ text }) => plain.has(text));
  const learnt = unknown.filter((_, index) => found[index] === 'plain');
  if (learnt.length > 0) await writePlain(store, name, [...kept, ...learnt]);
  const count = found.filter((each) => each === 'filed').length;
  if (count > 0) store.log.info({ name, count }, 'referrers that another registry took are filed');
}

const PARALLEL_READS = 16;

/** `unread`: nothing can be said of it, now. */
async function fileOne(store: Store, name: string, digest: Digest): Promise<'filed' | 'plain' | 'unread'> {
  try {
    // Not through the cache: what is read once for all would push out what is read often.
    const content = Buffer.from(await store.driver.get(store.layout.contentPath(name, digest)));
    if (digestOf(content, digest.algorithm).text !== digest.text) return 'unread';
    const manifest = parseManifest(content, undefined);
    if (manifest.subject === undefined) return 'plain';
    const entry = describeReferrer(manifest, digest, content.length);
    await writeReferrer(store, name, manifest.subject.digest, digest, entry);
    return 'filed';
  } catch (error) {
    if (isRegistryError(error)) return 'plain';
    if (isStorageError(error, 'PATH_NOT_FOUND')) return 'unread';
    throw error;
  }
}

/** The digests of all entries, under all subjects. */
async function listFiled(store: Store, name: string): Promise<ReadonlySet<string>> {
  const subjects = await listDigests(store.driver, referrerIndex(name));
  const regulator = createRegulator(PARALLEL_READS);
  const lists = await Promise.all(
    subjects.map(({ algorithm, hex }) =>
      regulator.run(() => listNames(store.driver, `${referrerIndex(name)}/${algorithm}/${hex}`)),
    ),
  );
  return new Set(lists.flat().map((entry) => entry.replace('-', ':')));
}

async function readPlain(store: Store, name: string): Promise<ReadonlySet<string>> {
  try {
    const content = await store.driver.get(manifestsWithoutSubject(name));
    return new Set(Buffer.from(content).toString('latin1').split('\n'));
  } catch (error) {
    if (isStorageError(error, 'PATH_NOT_FOUND')) return new Set();
    throw error;
  }
}

/** What does not fit is read again by the next process, and so is all of it where the store is full or read-only. */
async function writePlain(store: Store, name: string, digests: readonly Digest[]): Promise<void> {
  const text = digests.map((digest) => digest.text).join('\n');
  const whole = text.length <= MAX_PUT_SIZE ? text : text.slice(0, text.lastIndexOf('\n', MAX_PUT_SIZE));
  try {
    await store.driver.put(manifestsWithoutSubject(name), Buffer.from(whole, 'latin1'));
  } catch (error) {
    if (!isStorageError(error)) throw error;
    store.log.warn({ name, err: error }, 'what is known of the referrers cannot be kept in the store');
  }
}
