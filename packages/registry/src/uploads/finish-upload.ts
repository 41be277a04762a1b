import type { FileWriter } from '@outrigger/driver';
import { isStorageError } from '@outrigger/driver';
import { statContent } from '../blobs/blob-content.js';
import { acknowledgeFound } from '../gc/acknowledge.js';
import { uploadData } from '../layout/paths.js';
import type { Digest } from '../reference/digest.js';
import { isRegistryError } from '../registry-error.js';
import type { Store } from '../store.js';
import { placeUpload } from './place-upload.js';
import { readStartedAt } from './started-at.js';
import { closeQuietly, openData, writeChunk } from './upload-data.js';
import { emptyHash } from './upload-hash.js';
import { UploadOffsetError } from './upload-errors.js';
import type { UploadState } from './upload-token.js';
import type { Chunk, Uploads } from './uploads.js';
import { forgetUpload } from './uploads.js';

/**
 * Adds the last chunk, which may be empty, and makes the upload a blob of its repository. May be repeated after any
 * failure: each step finds what an earlier attempt has done.
 *
 * @throws RegistryError DIGEST_INVALID when the content is not that of `digest`: the upload is then gone; and
 *   whatever `appendChunk` throws
 */
export async function finishUpload(
  uploads: Uploads,
  state: UploadState,
  chunk: Chunk,
  digest: Digest,
): Promise<void> {
  const { store } = uploads;
  await store.locks.run(state.id, async () => {
    const startedAt = await readStartedAt(uploads, state);
    const writer = await openLast(uploads, { ...state, startedAt }, chunk);
    if (writer === undefined) {
      const isPlaced = () => wasPlaced(store, state, digest);
      if (
        !(await acknowledgeFound(store.gate, isPlaced, (is) =>
          is ? [store.layout.contentKey(state.name, digest)] : [],
        ))
      )
        throw new UploadOffsetError(0, startedAt);
      return forgetUpload(uploads, state.name, state.id);
    }
    if (writer.size === 0) uploads.hashes.set(state.id, emptyHash(digest.algorithm));
    const hash = await writeChunk(uploads, writer, { ...state, startedAt }, chunk);
    try {
      await placeUpload({ uploads, state, writer, hash, digest });
    } catch (error) {
      await closeQuietly(writer);
      if (isRegistryError(error, 'DIGEST_INVALID')) await forgetUpload(uploads, state.name, state.id);
      throw error;
    }
    await forgetUpload(uploads, state.name, state.id);
  });
}

/**
 * Opens the data for the last chunk. Undefined: data that was there is gone, and this chunk adds nothing to it; another attempt, or
 * another replica, may have placed it.
 */
async function openLast(
  uploads: Uploads,
  state: UploadState,
  { body }: Chunk,
): Promise<FileWriter | undefined> {
  if (body.length !== 0 || state.offset === 0) return openData(uploads, state);
  try {
    return await uploads.store.driver.writer(uploadData(state.name, state.id), { mode: 'append' });
  } catch (error) {
    if (isStorageError(error, 'PATH_NOT_FOUND')) return undefined;
    throw error;
  }
}

/** Whether data that is gone was placed: the link is there, and the blob has the size that this client was told last. */
async function wasPlaced(store: Store, state: UploadState, digest: Digest): Promise<boolean> {
  if ((await store.layout.blobs.resolve(state.name, digest)) === undefined) return false;
  return (await statContent(store, state.name, digest)) === state.offset;
}
