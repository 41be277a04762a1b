import type { CallOptions } from '@outrigger/driver';
import { acknowledgeDone } from '../gc/acknowledge.js';
import { layer, layerLink } from '../layout/paths.js';
import type { Digest } from '../reference/digest.js';
import { RegistryError } from '../registry-error.js';
import type { Store } from '../store.js';
import { statContent } from './blob-content.js';

/**
 * Which content a repository's blob is; undefined when the repository does not have it. That is the digest itself
 * or, in a store that Distribution wrote, the sha256 under which it keeps a sha512 blob.
 */
export async function resolveBlob(
  store: Store,
  name: string,
  digest: Digest,
  options?: CallOptions,
): Promise<Digest | undefined> {
  const target = await store.links.read(layerLink(name, digest), options);
  if (target === undefined || target.text === digest.text || target.algorithm !== digest.algorithm)
    return target;
  store.log.warn({ name, digest: digest.text, target: target.text }, 'a link names another blob: ignored');
  return undefined;
}

/**
 * The size of a repository's blob.
 *
 * @throws RegistryError BLOB_UNKNOWN
 */
export async function statBlob(
  store: Store,
  name: string,
  digest: Digest,
  options?: CallOptions,
): Promise<{ target: Digest; size: number }> {
  const [target, size] = await Promise.all([
    resolveBlob(store, name, digest, options),
    statContent(store, digest, options),
  ]);
  if (target === undefined) throw blobUnknown(digest);
  const found = target.text === digest.text ? size : await statContent(store, target, options);
  if (found === undefined) throw blobUnknown(digest);
  return { target, size: found };
}

/** Makes a blob, whose content is in the store or about to be, part of a repository. */
export async function linkBlob(store: Store, name: string, digest: Digest, target = digest): Promise<void> {
  await store.links.write(layerLink(name, digest), target);
}

/**
 * Takes a blob out of a repository. Its content stays for the others, and for the garbage collection.
 *
 * @throws RegistryError BLOB_UNKNOWN
 */
export async function unlinkBlob(store: Store, name: string, digest: Digest): Promise<void> {
  await statBlob(store, name, digest);
  if (!(await store.links.delete(layer(name, digest), layerLink(name, digest)))) throw blobUnknown(digest);
}

/**
 * Makes a blob of the repository `from` part of `name` as well; answers false when there is nothing to mount.
 *
 * @param from - undefined: whatever the store has, of any repository
 */
export async function mountBlob(store: Store, name: string, digest: Digest, from?: string): Promise<boolean> {
  const target = from === undefined ? digest : await resolveBlob(store, from, digest);
  if (target === undefined) return false;
  return acknowledgeDone(store.gate, [digest.text, target.text], async () => {
    if ((await statContent(store, target)) === undefined) return false;
    await linkBlob(store, name, digest, target);
    return true;
  });
}

export function blobUnknown(digest: Digest): RegistryError {
  return new RegistryError('BLOB_UNKNOWN', 'blob unknown to the repository', { digest: digest.text });
}
