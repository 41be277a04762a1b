import { revision, revisionLink } from '../layout/paths.js';
import type { Digest } from '../reference/digest.js';
import { deleteReferrer } from '../referrers/referrer-entry.js';
import { RegistryError, isRegistryError } from '../registry-error.js';
import { deleteInTurn } from '../replicas/turns.js';
import type { Store } from '../store.js';
import { deleteTagOf, findTags } from '../tags/tags.js';
import { hasManifest, readManifest } from './manifest-content.js';
import { parseManifest } from './parse-manifest.js';

/** Pushes share it, a delete is alone: otherwise a new tag could be left without its manifest. */
export function manifestLock(name: string, digest: Digest): string {
  return `${name}@${digest.text}`;
}

/**
 * Takes a manifest out of a repository, after all tags that name it. What has it as its subject stays.
 *
 * @returns the tags that were deleted with it
 * @throws RegistryError MANIFEST_UNKNOWN
 */
export async function deleteManifest(store: Store, name: string, digest: Digest): Promise<string[]> {
  return store.locks.run(manifestLock(name, digest), async () => {
    if (!(await hasManifest(store, name, digest))) throw manifestUnknown(digest.text);
    return deleteInTurn(store, name, () => deleteWithTags(store, name, digest));
  });
}

async function deleteWithTags(store: Store, name: string, digest: Digest): Promise<string[]> {
  const subject = await readSubject(store, name, digest);
  const deleted: string[] = [];
  for (const tag of await findTags(store, name, digest)) {
    if (await deleteTagOf(store, name, tag, digest)) deleted.push(tag);
  }
  await store.links.delete(revision(name, digest), revisionLink(name, digest));
  if (subject !== undefined) await deleteReferrer(store, name, subject, digest);
  return deleted;
}

/** @param reference - the tag or digest that was asked for */
export function manifestUnknown(reference: string): RegistryError {
  return new RegistryError('MANIFEST_UNKNOWN', 'manifest unknown to the repository', { reference });
}

/** A manifest that cannot be read any more can still be deleted; its referrers entry is then left out of lists. */
async function readSubject(store: Store, name: string, digest: Digest): Promise<Digest | undefined> {
  const content = await readManifest(store, name, digest);
  if (content === undefined) return undefined;
  try {
    return parseManifest(content, undefined).subject?.digest;
  } catch (error) {
    if (isRegistryError(error)) return undefined;
    throw error;
  }
}
