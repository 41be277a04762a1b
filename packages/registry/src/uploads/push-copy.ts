import type { ContentReader } from '@outrigger/driver';
import { bodyOf } from '../content/body.js';
import type { Digest } from '../reference/digest.js';
import type { Store } from '../store.js';
import { pushDirect } from './push-direct.js';
import { BodyBrokenError } from './upload-errors.js';

/**
 * Makes a blob of data that other processes may still be writing to: what is hashed is what was copied, and nobody else has the
 * copy.
 *
 * @throws RegistryError DIGEST_INVALID; StorageError
 */
export async function pushCopy(store: Store, name: string, path: string, digest: Digest): Promise<void> {
  const reader = await store.driver.reader(path);
  const buffer = store.buffers.acquire(reader.size);
  try {
    await pushDirect(store, name, digest, bodyOf(pieces(reader, buffer), undefined));
  } catch (error) {
    // The sender is the storage here, no client.
    throw error instanceof BodyBrokenError && error.cause instanceof Error ? error.cause : error;
  } finally {
    await reader.close();
    store.buffers.release(buffer);
  }
}

/** Each piece is taken before the next one is asked for. */
async function* pieces(reader: ContentReader, buffer: Buffer): AsyncGenerator<Buffer> {
  for (let count = await reader.read(buffer); count > 0; count = await reader.read(buffer))
    yield buffer.subarray(0, count);
}
