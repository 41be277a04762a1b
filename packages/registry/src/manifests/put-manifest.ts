import type { TagGuard } from '../access/tag-guard.js';
import { readContent } from '../blobs/blob-content.js';
import type { Digest } from '../reference/digest.js';
import { describeReferrer, writeReferrer } from '../referrers/referrer-entry.js';
import type { Store } from '../store.js';
import type { Manifest } from './parse-manifest.js';

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
  const subject = manifest.subject?.digest;
  await store.layout.manifests.put({
    name,
    digest,
    mediaType: manifest.mediaType,
    size: content.length,
    tags,
    guard,
    placeContent: () => storeContent(store, name, digest, content),
    fileReferrer: () =>
      subject &&
      writeReferrer(store, name, subject, digest, describeReferrer(manifest, digest, content.length)),
  });
}

/** Before anything is written; what comes in between is found again when a tag is set. */
async function checkTags(store: Store, { name, digest, tags }: ManifestPush, guard: TagGuard): Promise<void> {
  const current = await Promise.all(tags.map((tag) => store.layout.tags.resolve(name, tag)));
  for (const each of current) guard(each, digest);
}

/**
 * Content that is there is read, not written again; content that has rotted is. What was written or read a moment ago is
 * taken for whole.
 */
async function storeContent(store: Store, name: string, digest: Digest, content: Buffer): Promise<void> {
  const key = store.layout.contentKey(name, digest);
  if (store.cache.get(digest) !== undefined && store.sizes.get(key) === content.length) return;
  store.cache.forget(digest);
  if ((await readContent(store, name, digest)) === undefined)
    await store.driver.put(store.layout.contentPath(name, digest), content);
  store.cache.keep(digest, content);
  store.sizes.set(key, content.length);
}
