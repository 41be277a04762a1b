import { createHash } from 'node:crypto';
import type { FileWriter } from '@outrigger/driver';
import { isStorageError } from '@outrigger/driver';
import { statContent } from '../blobs/blob-content.js';
import { linkBlob, resolveBlob } from '../blobs/blob-links.js';
import { acknowledgeDone, acknowledgeFound } from '../gc/acknowledge.js';
import { blobData, uploadData } from '../layout/paths.js';
import type { Digest } from '../reference/digest.js';
import { finishDigest } from '../reference/digest.js';
import { RegistryError } from '../registry-error.js';
import type { Store } from '../store.js';
import { checkPlaced } from './check-placed.js';
import { readStartedAt } from './started-at.js';
import type { UploadHash } from './upload-hash.js';
import { digestSoFar, emptyHash } from './upload-hash.js';
import type { UploadState } from './upload-token.js';
import type { Chunk, Uploads } from './uploads.js';
import { closeQuietly, forgetUpload, openData, writeChunk } from './uploads.js';

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
    const startedAt = await readStartedAt(store, state.name, state.id);
    const keys = [digest.text];
    const isPlaced = () => wasPlaced(store, state, chunk, digest);
    if (await acknowledgeFound(store.gate, isPlaced, (is) => (is ? keys : [])))
      return forgetUpload(uploads, state.name, state.id);
    const writer = await openData(store, state.name, state.id);
    if (writer.size === 0) uploads.hashes.set(state.id, emptyHash(digest.algorithm));
    const hash = await writeChunk(uploads, writer, { ...state, startedAt }, chunk);
    const place = async () => {
      await commitVerified(uploads, writer, state, hash, digest);
      // The link first: with it, a repeated request knows that the content it misses was verified and moved.
      await linkBlob(store, state.name, digest);
      await placeContent(store, uploadData(state.name, state.id), digest, writer.size);
    };
    try {
      await acknowledgeDone(store.gate, keys, (isFirst) =>
        isFirst ? place() : checkPlaced(store, state.name, digest),
      );
    } catch (error) {
      await closeQuietly(writer);
      throw error;
    }
    await forgetUpload(uploads, state.name, state.id);
  });
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

/** Commits data whose digest is right. A digest that is known to be wrong is found before the commit. */
async function commitVerified(
  uploads: Uploads,
  writer: FileWriter,
  state: UploadState,
  hash: UploadHash | undefined,
  digest: Digest,
): Promise<void> {
  const known = hash?.algorithm === digest.algorithm ? digestSoFar(hash) : undefined;
  if (known !== undefined && known.text !== digest.text) {
    await writer.cancel().catch(() => undefined);
    await forgetUpload(uploads, state.name, state.id);
    throw wrongDigest(digest);
  }
  try {
    await writer.commit();
  } catch (error) {
    await closeQuietly(writer);
    throw error;
  }
  if (known !== undefined) return;
  const found = await hashData(uploads.store, uploadData(state.name, state.id), digest);
  if (found.text === digest.text) return;
  await forgetUpload(uploads, state.name, state.id);
  throw wrongDigest(digest);
}

/** Moves verified data to its final place, over what may be there: that heals content that has rotted. */
async function placeContent(store: Store, from: string, digest: Digest, size: number): Promise<void> {
  // What is there now, not what was: a push heals content that was damaged meanwhile.
  store.sizes.forget(digest.text);
  const isThere = !store.driver.capabilities.atomicMove && (await statContent(store, digest)) === size;
  // Without an atomic move a reader of the blob could meet nothing, or a part.
  if (!isThere) await store.driver.move(from, blobData(digest));
  store.cache.keepSize(digest, size);
  store.sizes.set(digest.text, size);
}

export function wrongDigest(digest: Digest): RegistryError {
  return new RegistryError('DIGEST_INVALID', 'the content does not have the digest', { digest: digest.text });
}

/** Reads data that another process has written, to hash it. */
async function hashData(store: Store, path: string, { algorithm }: Digest): Promise<Digest> {
  const hash = createHash(algorithm);
  const reader = await store.driver.reader(path);
  const buffer = store.buffers.acquire();
  try {
    for (let count = await reader.read(buffer); count > 0; count = await reader.read(buffer)) {
      hash.update(buffer.subarray(0, count));
    }
  } finally {
    await reader.close();
    store.buffers.release(buffer);
  }
  return finishDigest(hash, algorithm);
}
