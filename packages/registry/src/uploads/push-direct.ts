import { createContentHash } from '../content/content-hash.js';
import type { Body } from '../content/body.js';
import { receive } from '../content/receive.js';
import { acknowledgeDone } from '../gc/acknowledge.js';
import type { Digest } from '../reference/digest.js';
import type { Store } from '../store.js';
import { isRegistryError } from '../registry-error.js';
import { checkPlaced } from './check-placed.js';
import { readStartedAt } from './started-at.js';
import { brokenBody, wrongDigest } from './upload-errors.js';
import type { UploadState } from './upload-token.js';
import type { Chunk, Uploads } from './uploads.js';
import { forgetUpload } from './uploads.js';

/** Whether content can go straight to its final place. */
export function canPushDirect(store: Store): boolean {
  return store.driver.capabilities.isolatedWriters === true;
}

/**
 * Writes a whole blob, of which the digest is known before its first byte, to its final place. Nobody sees it there
 * before it is verified and committed. Over content that has rotted, that heals it.
 *
 * @throws RegistryError DIGEST_INVALID, BLOB_TOO_LARGE; BodyBrokenError; StorageError. Nothing is left behind then.
 */
export async function pushDirect(store: Store, name: string, digest: Digest, body: Body): Promise<void> {
  const key = store.layout.contentKey(name, digest);
  const writer = await store.driver.writer(store.layout.contentPath(name, digest), {
    mode: 'isolated',
    expectedSize: body.length,
  });
  try {
    const hash = createContentHash(digest.algorithm);
    const { received, broken } = await receive(body, writer, hash, store.buffers);
    if (broken !== undefined) throw brokenBody(received, broken);
    if ((await hash.digest()).text !== digest.text) throw wrongDigest(digest);
    const size = writer.size;
    await acknowledgeDone(store.gate, [key], (isFirst) =>
      isFirst
        ? settleBoth(writer.commit(), store.layout.blobs.add(name, digest))
        : checkPlaced(store, name, digest),
    );
    store.cache.keepSize(digest, size);
    store.sizes.set(key, size);
  } catch (error) {
    await writer.cancel().catch(() => undefined);
    throw error;
  }
}

/** Whether a chunk that ends an upload is all of it, so that it can go the direct way. */
export function isWhole({ store, hashes }: Uploads, state: UploadState, { body, start }: Chunk): boolean {
  const isFirst = state.offset === 0 && (start ?? 0) === 0 && hashes.sizeSeen(state.id) === 0;
  return canPushDirect(store) && isFirst && body.length !== 0;
}

/**
 * Ends an upload of which the last chunk is the first one. After a failure the upload is as it was, without a byte.
 *
 * @throws RegistryError BLOB_UPLOAD_UNKNOWN; DIGEST_INVALID or BLOB_TOO_LARGE: the upload is then gone; and what {@link pushDirect} throws
 */
export async function finishDirect(
  uploads: Uploads,
  state: UploadState,
  body: Body,
  digest: Digest,
): Promise<void> {
  const { store } = uploads;
  const { name, id } = state;
  await store.locks.run(id, async () => {
    await readStartedAt(uploads, state);
    try {
      await pushDirect(store, name, digest, body);
    } catch (error) {
      if (isRegistryError(error, 'DIGEST_INVALID') || isRegistryError(error, 'BLOB_TOO_LARGE'))
        await forgetUpload(uploads, name, id);
      throw error;
    }
    await forgetUpload(uploads, name, id);
  });
}

/**
 * The link may be durable before the content is: the content is verified, and a link alone makes nothing visible.
 * Both must have ended before a failure is answered.
 */
async function settleBoth(commit: Promise<void>, link: Promise<void>): Promise<void> {
  const results = await Promise.allSettled([commit, link]);
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}
