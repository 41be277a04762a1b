import { StorageError } from '@outrigger/driver';
import { statBlob } from '../blobs/blob-links.js';
import type { Digest } from '../reference/digest.js';
import { isRegistryError } from '../registry-error.js';
import type { Store } from '../store.js';

/**
 * Checks that a blob which was placed is still there, when the garbage collection has gone on meanwhile.
 *
 * @throws StorageError UNAVAILABLE: the client sends it again
 */
export async function checkPlaced(store: Store, name: string, digest: Digest): Promise<void> {
  try {
    await statBlob(store, name, digest);
  } catch (error) {
    if (!isRegistryError(error, 'BLOB_UNKNOWN')) throw error;
    throw new StorageError('UNAVAILABLE', 'the garbage collection took the blob while it was placed', {
      cause: error,
    });
  }
}
