import type { TagGuard } from '../access/tag-guard.js';
import { readContent } from '../blobs/blob-content.js';
import { readLink } from '../layout/links.js';
import { blobData, revisionLink, tagCurrentLink } from '../layout/paths.js';
import type { Digest } from '../reference/digest.js';
import { describeReferrer, writeReferrer } from '../referrers/referrer-entry.js';
import { pushInTurn } from '../replicas/turns.js';
import type { Store } from '../store.js';
import { resolveTag, setTag } from '../tags/tags.js';
import type { Manifest } from './parse-manifest.js';
import { manifestLock } from './delete-manifest.js';

/** A manifest that was parsed, and whose references were verified. */
export interface ManifestPush {
  readonly name: string;
  readonly digest: Digest;
  readonly manifest: Manifest;
  /** The exact bytes received. */
  readonly content: Buffer;
  readonly tags: readonly string[];
  /** Undefined where every tag may be set. */
  readonly guard?: TagGuard | undefined;
}

/**
 * Stores a manifest, makes it part of its repository, files it with its subject and tags it, in this order: after a
 * crash no tag names a manifest that is not there. May be repeated.
 */
export async function putManifest(store: Store, push: ManifestPush): Promise<void> {
  const { name, digest, manifest, content, tags, guard } = push;
  if (guard !== undefined) await checkTags(store, push, guard);
  const write = async () => {
    await storeContent(store, digest, content);
    const subject = manifest.subject?.digest;
    await Promise.all([
      store.links.ensure(revisionLink(name, digest), digest),
      subject &&
        writeReferrer(store, name, subject, digest, describeReferrer(manifest, digest, content.length)),
    ]);
    for (const tag of tags) await setTag(store, name, tag, digest, guard);
  };
  await store.locks.share(manifestLock(name, digest), () =>
    pushInTurn(store, name, write, () => isThere(store, push)),
  );
}

/** A tag that names another manifest was set by somebody else since. */
async function isThere(store: Store, { name, digest, tags }: ManifestPush): Promise<boolean> {
  const links = [revisionLink(name, digest), ...tags.map((tag) => tagCurrentLink(name, tag))];
  const found = await Promise.all(links.map((path) => readLink(store.driver, path)));
  return found.every((link) => link !== undefined);
}

/** Before anything is written; what comes in between is found again when a tag is set. */
async function checkTags(store: Store, { name, digest, tags }: ManifestPush, guard: TagGuard): Promise<void> {
  const current = await Promise.all(tags.map((tag) => resolveTag(store, name, tag)));
  for (const each of current) guard(each, digest);
}

/**
 * Content that is there is read, not written again; content that has rotted is. What was written or read a moment ago is
 * taken for whole.
 */
async function storeContent(store: Store, digest: Digest, content: Buffer): Promise<void> {
  if (store.cache.get(digest) !== undefined && store.sizes.get(digest.text) === content.length) return;
  store.cache.forget(digest);
  if ((await readContent(store, digest)) === undefined) await store.driver.put(blobData(digest), content);
  store.cache.keep(digest, content);
  store.sizes.set(digest.text, content.length);
}
