import type { CallOptions, Regulator, StorageDriver } from '@outrigger/driver';
import { isStorageError } from '@outrigger/driver';
import { movesDirectoriesAtOnce, readLink } from '../links.js';
import { blobData, layerLink, manifests, revisionLink, tagCurrentLink, tags } from '../paths.js';
import type { Digest } from '../../../reference/digest.js';
import { isTag } from '../../../reference/tag.js';
import { tryParseDigest } from '../../../reference/digest.js';
import { listDigests, listNames } from '../../list-directory.js';
import type { References } from '../../../gc/references.js';
import type { RepositoryContents, Revision } from '../../../gc/repository-contents.js';
import { UnreadableManifestError, readReferences } from '../../../gc/references.js';

/** How the store is read. */
export interface Reading extends CallOptions {
  readonly driver: StorageDriver;
  /** Bounds the reads that run at a time. */
  readonly regulator: Regulator;
  /** What manifests name, by their digests: a manifest never changes, so it is read once. */
  readonly known: Map<string, References>;
}

/**
 * Reads all manifests of a repository.
 *
 * @throws UnreadableManifestError, StorageError: what the repository keeps alive is then unknown
 */
export async function readRepository(
  reading: Reading,
  name: string,
  withTags: boolean,
): Promise<RepositoryContents> {
  // Tags first: a manifest that is pushed and tagged in between is then young, and not untagged.
  const tagged = withTags ? await readTags(reading, name) : new Set<string>();
  const digests = await listDigests(reading.driver, `${manifests(name)}/revisions`, reading);
  const revisions = await Promise.all(digests.map((digest) => readRevision(reading, name, digest)));
  return {
    name,
    tagged,
    revisions: new Map(
      revisions.filter((each) => each !== undefined).map((each) => [each.digest.text, each]),
    ),
  };
}

async function readTags({ driver, regulator, signal }: Reading, name: string): Promise<Set<string>> {
  const names = (await listNames(driver, tags(name), { signal })).filter(isTag);
  const current = await Promise.all(
    names.map((each) =>
      regulator.run(() => readLink(driver, tagCurrentLink(name, each), { signal }), signal),
    ),
  );
  return new Set(current.flatMap((digest) => (digest === undefined ? [] : [digest.text])));
}

async function readRevision(reading: Reading, name: string, digest: Digest): Promise<Revision | undefined> {
  if (!(await hasLink(reading, name, digest))) return undefined;
  const references = await findReferences(reading, name, digest);
  if (references === undefined) return undefined;
  const named = [digest.text, ...references.blobs, ...references.manifests];
  const targets = await Promise.all(
    named.filter((each) => !each.startsWith('sha256:')).map((each) => readTarget(reading, name, each)),
  );
  return { digest, references, targets: targets.filter((each) => each !== undefined) };
}

/** Where directories are there by themselves a crash may have left one without its link: that is no manifest. */
async function hasLink(
  { driver, regulator, signal }: Reading,
  name: string,
  digest: Digest,
): Promise<boolean> {
  if (!movesDirectoriesAtOnce(driver)) return true;
  const link = await regulator.run(() => readLink(driver, revisionLink(name, digest), { signal }), signal);
  return link !== undefined;
}

/** Undefined for a manifest that was deleted meanwhile, or of which a crash has left the directory alone. */
async function findReferences(
  reading: Reading,
  name: string,
  digest: Digest,
): Promise<References | undefined> {
  const { driver, regulator, signal, known } = reading;
  const cached = known.get(digest.text);
  if (cached !== undefined) return cached;
  try {
    const content = await regulator.run(() => driver.get(blobData(digest), { signal }), signal);
    const references = readReferences(digest, content);
    known.set(digest.text, references);
    return references;
  } catch (error) {
    if (!isStorageError(error, 'PATH_NOT_FOUND')) throw error;
    return readElsewhere(reading, name, digest, error);
  }
}

/** A link may name the digest under which Distribution keeps the content. */
async function readElsewhere(
  reading: Reading,
  name: string,
  digest: Digest,
  cause: unknown,
): Promise<References | undefined> {
  const target = await readLink(reading.driver, revisionLink(name, digest), reading);
  if (target === undefined) return undefined;
  if (target.text !== digest.text) return findReferences(reading, name, target);
  throw new UnreadableManifestError(`manifest ${digest.text} of ${name} has no content`, { cause });
}

async function readTarget(
  { driver, regulator, signal }: Reading,
  name: string,
  text: string,
): Promise<string | undefined> {
  const digest = tryParseDigest(text);
  if (digest === undefined) return undefined;
  for (const path of [layerLink(name, digest), revisionLink(name, digest)]) {
    const target = await regulator.run(() => readLink(driver, path, { signal }), signal);
    if (target !== undefined) return target.text;
  }
  return undefined;
}
