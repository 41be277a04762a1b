import type { FileWriter } from '@outrigger/driver';
import { isStorageError } from '@outrigger/driver';
import { statContent } from '../blobs/blob-content.js';
import { linkBlob, resolveBlob } from '../blobs/blob-links.js';
import { createContentHash } from '../content/content-hash.js';
import { acknowledgeDone, acknowledgeFound } from '../gc/acknowledge.js';
import { blobData, uploadData } from '../layout/paths.js';
import type { Digest } from '../reference/digest.js';
import { isRegistryError } from '../registry-error.js';
import type { Store } from '../store.js';
import { checkPlaced } from './check-placed.js';
import { readStartedAt } from './started-at.js';
import { closeQuietly, openData, writeChunk } from './upload-data.js';
import type { UploadHash } from './upload-hash.js';
import { emptyHash } from './upload-hash.js';
import { pushCopy } from './push-copy.js';
import { canPushDirect } from './push-direct.js';
import { UploadOffsetError, wrongDigest } from './upload-errors.js';
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
      await place({ uploads, state, writer, hash, digest });
    } catch (error) {
      await closeQuietly(writer);
      if (isRegistryError(error, 'DIGEST_INVALID')) await forgetUpload(uploads, state.name, state.id);
      throw error;
    }
    await forgetUpload(uploads, state.name, state.id);
  });
}

interface Last {
  readonly uploads: Uploads;
  readonly state: UploadState;
  readonly writer: FileWriter;
  readonly hash: UploadHash | undefined;
  readonly digest: Digest;
}

/**
 * Puts the content in its place: by a move where no other process can have the data open, or may join in time to open it;
 * otherwise by a copy, since whoever still writes to the data would write to the blob.
 */
async function place(last: Last): Promise<void> {
  const { uploads, state, writer, digest } = last;
  const { store } = uploads;
  // In a family each upload belongs to one process.
  const { family } = store.presence;
  const mustCopy = async (epoch?: number) =>
    canPushDirect(store) && (!(await family.findAlone()) || (epoch !== undefined && family.epoch !== epoch));
  const copy = () => pushCopy(store, state.name, uploadData(state.name, state.id), digest);
  if (await mustCopy()) {
    await writer.commit();
    return copy();
  }
  const { epoch } = family;
  await acknowledgeDone(store.gate, [digest.text], async (isFirst) => {
    if (!isFirst) return checkPlaced(store, state.name, digest);
    await commitVerified(last, epoch);
    if (await mustCopy(epoch)) return copy();
    // The link first: with it, a repeated request knows that the content it misses was verified and moved.
    await linkBlob(store, state.name, digest);
    await placeContent(store, uploadData(state.name, state.id), digest, writer.size);
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

/** Commits data whose digest is right. A digest that is known to be wrong is found before the commit. */
async function commitVerified(
  { uploads: { store }, writer, state, hash, digest }: Last,
  epoch: number,
): Promise<void> {
  const isKnown = hash?.algorithm === digest.algorithm && hash.epoch === epoch;
  const known = isKnown ? await hash.state.digest() : undefined;
  if (known !== undefined && known.text !== digest.text) {
    await writer.cancel().catch(() => undefined);
    throw wrongDigest(digest);
  }
  await writer.commit();
  if (known !== undefined) return;
  const found = await hashData(store, uploadData(state.name, state.id), digest);
  if (found.text !== digest.text) throw wrongDigest(digest);
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

/** Reads data that another process has written, to hash it. */
async function hashData(store: Store, path: string, { algorithm }: Digest): Promise<Digest> {
  const hash = createContentHash(algorithm);
  const reader = await store.driver.reader(path);
  const buffer = store.buffers.acquire();
  try {
    for (let count = await reader.read(buffer); count > 0; count = await reader.read(buffer)) {
      await hash.update(buffer.subarray(0, count));
    }
  } finally {
    await reader.close();
    store.buffers.release(buffer);
  }
  return hash.digest();
}
