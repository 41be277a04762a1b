import type { FileWriter } from '@outrigger/driver';
import { isStorageError } from '@outrigger/driver';
import { statContent } from '../blobs/blob-content.js';
import { resolveBlob } from '../blobs/blob-links.js';
import { acknowledgeFound } from '../gc/acknowledge.js';
import { uploadData } from '../layout/paths.js';
import type { Digest } from '../reference/digest.js';
import { isRegistryError } from '../registry-error.js';
import type { Store } from '../store.js';
import { readStartedAt } from './started-at.js';
import { closeQuietly, openData, writeChunk } from './upload-data.js';
import { emptyHash } from './upload-hash.js';
import { placeUpload } from './place-upload.js';
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
    const keys = [digest.text];
    const isPlaced = () => wasPlaced(store, state, chunk, digest);
    if (await acknowledgeFound(store.gate, isPlaced, (is) => (is ? keys : [])))
      return forgetUpload(uploads, state.name, state.id);
    const writer = await openLast(uploads, { ...state, startedAt }, chunk);
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

/** Opens the data for the last chunk. Data that was there and is gone is not begun anew: another replica is placing it. */
async function openLast(uploads: Uploads, state: UploadState, { body }: Chunk): Promise<FileWriter> {
  if (body.length !== 0 || state.offset === 0) return openData(uploads, state);
  try {
    return await uploads.store.driver.writer(uploadData(state.name, state.id), { mode: 'append' });
  } catch (error) {
    if (isStorageError(error, 'PATH_NOT_FOUND')) throw new UploadOffsetError(0, state.startedAt);
    throw error;
  }
}

/**
 * Whether an earlier attempt got as far as the move: the data is gone, the link is there, and the blob has the size
 * that this client was told last.
 */
async function wasPlaced(
  store: Store,
  state: UploadState,
  { body }: Chunk,
  digest: Digest,
): Promise<boolean> {
  if (body.length !== 0 || state.offset === 0) return false;
  if ((await resolveBlob(store, state.name, digest)) === undefined) return false;
  if ((await statContent(store, digest)) !== state.offset) return false;
  try {
    await closeQuietly(await store.driver.writer(uploadData(state.name, state.id), { mode: 'append' }));
    return false;
  } catch (error) {
    if (isStorageError(error, 'PATH_NOT_FOUND')) return true;
    throw error;
  }
}
