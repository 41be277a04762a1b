import type { CallOptions } from '@outrigger/driver';
import type { BlobSize } from '../layout/layout.js';
import type { Digest } from '../reference/digest.js';
import { RegistryError } from '../registry-error.js';
import type { Store } from '../store.js';

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
): Promise<BlobSize> {
  const found = await store.layout.blobs.stat(name, digest, options);
  if (found === undefined) throw blobUnknown(digest);
  return found;
}

/**
 * Takes a blob out of a repository. Where repositories share their content it stays for the others, and for the garbage collection.
 *
 * @throws RegistryError BLOB_UNKNOWN
 */
export async function unlinkBlob(store: Store, name: string, digest: Digest): Promise<void> {
  await statBlob(store, name, digest);
  if (!(await store.layout.blobs.remove(name, digest))) throw blobUnknown(digest);
}

/**
 * Makes a blob of the repository `from` part of `name` as well; answers false when there is nothing to mount.
 *
 * @param from - undefined: whatever the store has, of any repository
 */
export async function mountBlob(store: Store, name: string, digest: Digest, from?: string): Promise<boolean> {
  const { blobs } = store.layout;
  const target = from === undefined ? digest : await blobs.resolve(from, digest);
  return target !== undefined && blobs.mount(name, digest, from, target);
}

export function blobUnknown(digest: Digest): RegistryError {
  return new RegistryError('BLOB_UNKNOWN', 'blob unknown to the repository', { digest: digest.text });
}
