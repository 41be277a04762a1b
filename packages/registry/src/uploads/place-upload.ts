import type { FileWriter } from '@outrigger/driver';
import { commitTo } from '@outrigger/driver';
import { statContent } from '../blobs/blob-content.js';
import { createContentHash } from '../content/content-hash.js';
import { acknowledgeDone } from '../gc/acknowledge.js';
import { uploadData } from '../layout/paths.js';
import type { Digest } from '../reference/digest.js';
import { checkPlaced } from './check-placed.js';
import { pushCopy } from './push-copy.js';
import { canPushDirect } from './push-direct.js';
import { wrongDigest } from './upload-errors.js';
import type { UploadHash } from './upload-hash.js';
import type { UploadState } from './upload-token.js';
import type { Uploads } from './uploads.js';

/** An upload that has all its bytes. */
export interface FullUpload {
  readonly uploads: Uploads;
  readonly state: UploadState;
  readonly writer: FileWriter;
  /** Of all bytes, where this process could follow them. */
  readonly hash: UploadHash | undefined;
  readonly digest: Digest;
}

/**
 * Puts the content in its place: without a step between where the driver can, or by a move, where no other process can have the
 * data open, or may join in time to open it; otherwise by a copy, since whoever still writes to the data would write to the blob.
 *
 * @throws RegistryError DIGEST_INVALID; StorageError. The writer may be open then.
 */
export async function placeUpload(upload: FullUpload): Promise<void> {
  const { uploads, state, writer, digest } = upload;
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
  await acknowledgeDone(store.gate, [store.layout.contentKey(state.name, digest)], async (isFirst) => {
    if (!isFirst) return checkPlaced(store, state.name, digest);
    const isVerified = await verifyHash(upload, epoch);
    if (isVerified && canCommitTo(upload) && !(await mustCopy(epoch)))
      return placeBy(upload, (to) => commitTo(writer, to));
    await writer.commit();
    if (!isVerified) await verifyData(upload);
    if (await mustCopy(epoch)) return copy();
    return placeBy(upload, (to) => moveData(upload, to));
  });
}

function canCommitTo({ uploads: { store }, writer }: FullUpload): boolean {
  return store.driver.capabilities.commitTo === true && writer.commitTo !== undefined;
}

/** Whether the digest is known to be right. One that is known to be wrong is found before the commit. */
async function verifyHash({ writer, hash, digest }: FullUpload, epoch: number): Promise<boolean> {
  if (hash?.algorithm !== digest.algorithm || hash.epoch !== epoch) return false;
  if ((await hash.state.digest()).text === digest.text) return true;
  await writer.cancel().catch(() => undefined);
  throw wrongDigest(digest);
}

/** Puts verified data in its place, over what may be there: that heals content that has rotted. */
async function placeBy(
  { uploads: { store }, state, writer, digest }: FullUpload,
  put: (path: string) => Promise<void>,
): Promise<void> {
  // The link first: with it, a repeated request knows that the content it misses was verified and placed.
  await store.layout.blobs.add(state.name, digest);
  const { size } = writer;
  const key = store.layout.contentKey(state.name, digest);
  // What is there now, not what was: a push heals content that was damaged meanwhile.
  store.sizes.forget(key);
  await put(store.layout.contentPath(state.name, digest));
  store.cache.keepSize(digest, size);
  store.sizes.set(key, size);
}

async function moveData(
  { uploads: { store }, state, writer, digest }: FullUpload,
  to: string,
): Promise<void> {
  // Without an atomic move a reader of the blob could meet nothing, or a part.
  const isThere =
    !store.driver.capabilities.atomicMove && (await statContent(store, state.name, digest)) === writer.size;
  if (!isThere) await store.driver.move(uploadData(state.name, state.id), to);
}

/** Hashes committed data of which another process has written some. */
async function verifyData({ uploads: { store }, state, digest }: FullUpload): Promise<void> {
  const hash = createContentHash(digest.algorithm);
  const reader = await store.driver.reader(uploadData(state.name, state.id));
  const buffer = store.buffers.acquire();
  try {
    for (let count = await reader.read(buffer); count > 0; count = await reader.read(buffer)) {
      await hash.update(buffer.subarray(0, count));
    }
  } finally {
    await reader.close();
    store.buffers.release(buffer);
  }
  if ((await hash.digest()).text !== digest.text) throw wrongDigest(digest);
}
