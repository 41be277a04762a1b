import { deleteManifest } from '../manifests/delete-manifest.js';
import type { Digest } from '../reference/digest.js';
import { isRegistryError } from '../registry-error.js';
import type { Store } from '../store.js';
import type { EntryType } from './schedule-state.js';

/**
 * Removes what nobody has pulled for long, as Distribution does: from its repository, and its content. Whoever was told that
 * it is there asks again and has it fetched anew, so that no acknowledgement has to be kept here.
 *
 * @param isShared - whether another repository has fetched the same content
 */
export async function expire(
  store: Store,
  type: EntryType,
  name: string,
  digest: Digest,
  isShared: boolean,
): Promise<void> {
  if (type === 1) await removeManifest(store, name, digest);
  else await store.layout.blobs.remove(name, digest);
  if (!isShared) {
    await store.layout.blobs.removeContent(name, digest);
    store.cache.forget(digest);
  }
  store.log.debug({ name, digest: digest.text }, 'expired');
}

async function removeManifest(store: Store, name: string, digest: Digest): Promise<void> {
  try {
    await deleteManifest(store, name, digest);
  } catch (error) {
    if (!isRegistryError(error, 'MANIFEST_UNKNOWN')) throw error;
  }
}
