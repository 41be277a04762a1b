import type { CallOptions } from '@outrigger/driver';
import { readContent, statContent } from '../blobs/blob-content.js';
import type { Digest } from '../reference/digest.js';
import type { Store } from '../store.js';

/** Whether the repository has the manifest, whatever became of its content. */
export function hasManifest(
  store: Store,
  name: string,
  digest: Digest,
  options?: CallOptions,
): Promise<boolean> {
  return store.layout.manifests.has(name, digest, options);
}

/** The exact bytes that were pushed; undefined when the repository does not have the manifest. */
export async function readManifest(
  store: Store,
  name: string,
  digest: Digest,
  options?: CallOptions,
): Promise<Buffer | undefined> {
  const [isThere, content] = await Promise.allSettled([
    hasManifest(store, name, digest, options),
    readContent(store, name, digest, options),
  ]);
  if (isThere.status === 'rejected') throw isThere.reason;
  // Whatever else has the digest, a layer too large for `get` as well, is no manifest of this repository.
  if (!isThere.value) return undefined;
  if (content.status === 'rejected') throw content.reason;
  return content.value;
}

/** The size of a manifest; undefined when the repository does not have it. */
export async function manifestSize(store: Store, name: string, digest: Digest): Promise<number | undefined> {
  const [isThere, size] = await Promise.all([
    hasManifest(store, name, digest),
    statContent(store, name, digest),
  ]);
  return isThere ? size : undefined;
}
