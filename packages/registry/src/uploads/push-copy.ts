import { bodyOfReader } from '../content/reader-body.js';
import type { Digest } from '../reference/digest.js';
import type { Store } from '../store.js';
import { pushDirect } from './push-direct.js';
import { asStorageFailure } from './upload-errors.js';

/**
 * Makes a blob of data that other processes may still be writing to: what is hashed is what was copied, and nobody else has the
 * copy.
 *
 * @throws RegistryError DIGEST_INVALID; StorageError
 */
export async function pushCopy(store: Store, name: string, path: string, digest: Digest): Promise<void> {
  const reader = await store.driver.reader(path);
  try {
    await pushDirect(store, name, digest, bodyOfReader(reader, store.buffers));
  } catch (error) {
    throw asStorageFailure(error);
  } finally {
    await reader.close();
  }
}
