import type { StorageDriver } from '@outrigger/driver';
import { createRegulator } from '@outrigger/driver';
import { layerLink, layers, revisionLink } from '../paths.js';
import type { Digest } from '../../../reference/digest.js';
import { tryParseDigest } from '../../../reference/digest.js';
import { manifestKey } from '../../../gc/keys.js';
import { listDigests } from '../../list-directory.js';
import type { RepositoryDirectory } from '../../../gc/list-repositories.js';
import { listRepositoryDirectories } from '../../../gc/list-repositories.js';
import type { StoredBlob } from './list-stored-blobs.js';
import { listStoredBlobs } from './list-stored-blobs.js';
import { markRepository } from '../../../gc/mark.js';
import { findModTime } from '../../../gc/mod-time.js';
import type { References } from '../../../gc/references.js';
import type { RepositoryContents } from '../../../gc/repository-contents.js';
import type { GarbageManifest, Survey, SurveyListener, SurveyOptions } from '../../../gc/survey.js';
import type { Reading } from './survey-repository.js';
import { readRepository } from './survey-repository.js';

/**
 * Looks at the whole store. It changes nothing, and it is strict: whatever cannot be read could keep anything alive.
 *
 * @throws UnreadableManifestError, StorageError
 */
export async function surveyStore(driver: StorageDriver, options: SurveyOptions): Promise<Survey> {
  const { signal, listener } = options;
  const reading: Reading = {
    driver,
    signal,
    regulator: createRegulator(PARALLEL_READS),
    known: options.known ?? new Map<string, References>(),
  };
  const repositories = await collect(listRepositoryDirectories(driver, { signal }));
  const marks = await markAll(options, reading, repositories);
  const links = await findLinks(reading, repositories, marks.marked, listener);
  const { blobs, hollow } = await findBlobs(options, reading, marks.marked);
  const young = await findYoung(options, reading, blobs, links);
  for (const digest of young) {
    blobs.delete(digest);
    links.delete(digest);
  }
  const { marked, ...rest } = marks;
  const sizes = new Map([...blobs].map(([digest, { size }]) => [digest, size]));
  return { ...rest, marked: marked.size, blobs: sizes, links, hollow };
}

const PARALLEL_READS = 32;
const PARALLEL_REPOSITORIES = 8;

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

interface Marks {
  readonly marked: Set<string>;
  readonly manifests: GarbageManifest[];
  readonly alive: Map<string, ReadonlySet<string>>;
}

async function markAll(
  { deleteUntagged, kept, youngSince, listener }: SurveyOptions,
  reading: Reading,
  repositories: readonly RepositoryDirectory[],
): Promise<Marks> {
  const marks: Marks = { marked: new Set(), manifests: [], alive: new Map() };
  for (let at = 0; at < repositories.length; at += PARALLEL_REPOSITORIES) {
    const some = repositories.slice(at, at + PARALLEL_REPOSITORIES);
    const read = await Promise.all(some.map(({ name }) => readRepository(reading, name, deleteUntagged)));
    for (const contents of read) {
      const { name, revisions, tagged } = contents;
      listener?.repository?.(name);
      const roots = deleteUntagged
        ? [...tagged, ...(await findRoots(reading, contents, kept, youngSince))]
        : revisions.keys();
      const alive = markRepository(contents, roots, marks.marked, listener);
      marks.alive.set(name, alive);
      for (const [text, { digest, references }] of revisions)
        if (!alive.has(text)) marks.manifests.push({ name, digest, references });
    }
    listener?.progress?.('manifests', at + some.length, repositories.length);
  }
  return marks;
}

/** Manifests that live without a tag: those that are kept, and those that are young. */
async function findRoots(
  { driver, regulator, signal }: Reading,
  { name, revisions, tagged }: RepositoryContents,
  kept: ReadonlySet<string> = new Set(),
  youngSince?: Date,
): Promise<string[]> {
  const isRoot = async (digest: Digest): Promise<boolean> => {
    if (kept.has(manifestKey(name, digest.text))) return true;
    if (youngSince === undefined || tagged.has(digest.text)) return false;
    const time = await regulator.run(() => findModTime(driver, revisionLink(name, digest), signal), signal);
    return time !== undefined && time >= youngSince;
  };
  const all = [...revisions.values()];
  const verdicts = await Promise.all(all.map(({ digest }) => isRoot(digest)));
  return all.filter((_, index) => verdicts[index]).map(({ digest }) => digest.text);
}

async function findLinks(
  { driver, regulator, signal }: Reading,
  repositories: readonly RepositoryDirectory[],
  marked: ReadonlySet<string>,
  listener: SurveyListener | undefined,
): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>();
  let done = 0;
  await Promise.all(
    repositories.map(({ name }) =>
      regulator.run(async () => {
        for (const { text } of await listDigests(driver, layers(name), { signal })) {
          if (marked.has(text)) continue;
          const names = found.get(text);
          if (names === undefined) found.set(text, [name]);
          else names.push(name);
        }
        listener?.progress?.('links', ++done, repositories.length);
      }, signal),
    ),
  );
  return found;
}

interface StoredBlobs {
  readonly blobs: Map<string, StoredBlob>;
  readonly hollow: string[];
}

async function findBlobs(
  { listener }: SurveyOptions,
  { driver, regulator, signal }: Reading,
  marked: ReadonlySet<string>,
): Promise<StoredBlobs> {
  const blobs = new Map<string, StoredBlob>();
  const hollow: string[] = [];
  let done = 0;
  await listStoredBlobs(driver, {
    signal,
    regulator,
    isWanted: ({ text }) => !marked.has(text),
    onBlob: (blob) => void blobs.set(blob.digest.text, blob),
    onHollow: (directory) => void hollow.push(directory),
    onSeen: () => listener?.progress?.('blobs', ++done, undefined),
  });
  return { blobs, hollow };
}

/** Of what is not marked, content that changed lately and what was linked lately: somebody may be about to use it. */
async function findYoung(
  { youngSince }: SurveyOptions,
  { driver, regulator, signal }: Reading,
  blobs: ReadonlyMap<string, StoredBlob>,
  links: ReadonlyMap<string, readonly string[]>,
): Promise<string[]> {
  if (youngSince === undefined) return [];
  const isYoung = async (text: string): Promise<boolean> => {
    const blob = blobs.get(text);
    if (blob !== undefined && blob.modTime >= youngSince) return true;
    const digest = blob?.digest ?? tryParseDigest(text);
    if (digest === undefined) return true;
    for (const name of links.get(text) ?? []) {
      const time = await regulator.run(() => findModTime(driver, layerLink(name, digest), signal), signal);
      if (time !== undefined && time >= youngSince) return true;
    }
    return false;
  };
  const all = [...new Set([...blobs.keys(), ...links.keys()])];
  const verdicts = await Promise.all(all.map(isYoung));
  return all.filter((_, index) => verdicts[index]);
}
