import type { StorageDriver } from '@outrigger/driver';
import { deleteIfPresent } from '../../delete-if-present.js';
import { blobData, blobDirectory, layer, revision, tag, tags } from '../paths.js';
import { referrer } from '../../paths.js';
import type { Digest } from '../../../reference/digest.js';
import { tryParseDigest } from '../../../reference/digest.js';
import { listDigests, listNames } from '../../list-directory.js';
import type { GarbageManifest } from '../../../gc/survey.js';

/** Where the history of a repository's tags names a manifest: the directories, by its digest. */
export type TagHistory = ReadonlyMap<string, readonly string[]>;

/** Reads the history of all tags at once: many manifests of a repository go together. */
export async function readTagHistory(driver: StorageDriver, name: string): Promise<TagHistory> {
  const found = new Map<string, string[]>();
  for (const each of await listNames(driver, tags(name))) {
    const index = `${tag(name, each)}/index`;
    for (const { algorithm, hex, text } of await listDigests(driver, index)) {
      const paths = found.get(text) ?? [];
      found.set(text, [...paths, `${index}/${algorithm}/${hex}`]);
    }
  }
  return found;
}

/** Takes a manifest out of its repository: out of the history of tags, then itself, then out of the referrers index. */
export async function removeManifest(
  driver: StorageDriver,
  { name, digest, references }: GarbageManifest,
  history: TagHistory,
): Promise<void> {
  for (const path of history.get(digest.text) ?? []) await deleteIfPresent(driver, path);
  await deleteIfPresent(driver, revision(name, digest));
  const subject = references.subject === undefined ? undefined : tryParseDigest(references.subject);
  if (subject !== undefined) await deleteIfPresent(driver, referrer(name, subject, digest));
}

export async function removeLinks(
  driver: StorageDriver,
  digest: Digest,
  names: readonly string[],
): Promise<void> {
  for (const name of names) await deleteIfPresent(driver, layer(name, digest));
}

/**
 * Deletes content.
 *
 * @param withDirectory - all that is beside it, too; not while a writer may be at work there
 */
export async function removeContent(
  driver: StorageDriver,
  digest: Digest,
  withDirectory: boolean,
): Promise<void> {
  await deleteIfPresent(driver, withDirectory ? blobDirectory(digest) : blobData(digest));
}
