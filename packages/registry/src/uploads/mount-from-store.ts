import { openContent } from '../blobs/blob-content.js';
import { mountBlob } from '../blobs/blob-links.js';
import { bodyOfReader } from '../content/reader-body.js';
import type { Digest } from '../reference/digest.js';
import { isRegistryError } from '../registry-error.js';
import type { Store } from '../store.js';
import { pushWhole } from './push-whole.js';
import { asStorageFailure } from './upload-errors.js';
import type { Uploads } from './uploads.js';

export interface MountSource {
  readonly store: Store;
  readonly name: string;
}

/**
 * Makes a blob of a repository in another store part of `name`; answers false when there is nothing to mount. It is copied,
 * unless the store has it for somebody else already.
 *
 * @throws StorageError
 */
export async function mountFromStore(
  uploads: Uploads,
  name: string,
  digest: Digest,
  source: MountSource,
): Promise<boolean> {
  const target = await source.store.layout.blobs.resolve(source.name, digest);
  if (target === undefined) return false;
  if (await mountBlob(uploads.store, name, digest)) return true;
  const reader = await openContent(source.store, source.name, target, {});
  if (reader === undefined) return false;
  try {
    const body = { ...bodyOfReader(reader, uploads.store.buffers), length: reader.size };
    await pushWhole(uploads, name, digest, { body });
    return true;
  } catch (error) {
    if (!isRegistryError(error, 'DIGEST_INVALID')) throw asStorageFailure(error);
    // The client sends what it has.
    source.store.log.error(
      { digest: target.text },
      'stored content does not match its digest: it is not mounted',
    );
    return false;
  } finally {
    await reader.close();
  }
}
