import type { RetentionSource } from '../layout/retention-source.js';
import type { Digest } from '../reference/digest.js';
import { deleteReferrer } from '../referrers/referrer-entry.js';
import { RegistryError, isRegistryError } from '../registry-error.js';
import type { Store } from '../store.js';
import { readManifest } from './manifest-content.js';
import { parseManifest } from './parse-manifest.js';

/**
 * Takes a manifest out of a repository, after all tags that name it. What has it as its subject stays.
 *
 * @returns the tags that were deleted with it
 * @throws RegistryError MANIFEST_UNKNOWN
 */
export async function deleteManifest(store: Store, name: string, digest: Digest): Promise<string[]> {
  const deleted = await store.layout.manifests.delete(name, digest, async (act) => {
    const subject = await readSubject(store, name, digest);
    const tags = await act();
    if (subject !== undefined) await deleteReferrer(store, name, subject, digest);
    return tags;
  });
  if (deleted === undefined) throw manifestUnknown(digest.text);
  return deleted;
}

/**
 * The same, unless a tag names it.
 *
 * @returns whether it was there, and is gone
 */
export async function deleteUntaggedManifest(
  store: Store,
  source: RetentionSource,
  name: string,
  digest: Digest,
): Promise<boolean> {
  return source.deleteUntagged(name, digest, async (act) => {
    const subject = await readSubject(store, name, digest);
    await act();
    if (subject !== undefined) await deleteReferrer(store, name, subject, digest);
  });
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
