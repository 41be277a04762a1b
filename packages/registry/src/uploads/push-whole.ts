import type { Digest } from '../reference/digest.js';
import { finishUpload } from './finish-upload.js';
import { canPushDirect, pushDirect } from './push-direct.js';
import { startUpload } from './start-upload.js';
import type { Chunk, Uploads } from './uploads.js';

/**
 * Pushes a blob that comes in one piece.
 *
 * @throws RegistryError DIGEST_INVALID, BLOB_TOO_LARGE; BodyBrokenError; StorageError
 */
export async function pushWhole(uploads: Uploads, name: string, digest: Digest, chunk: Chunk): Promise<void> {
  if (canPushDirect(uploads.store)) return pushDirect(uploads.store, name, digest, chunk.body);
  const state = await startUpload(uploads, name, digest.algorithm);
  await finishUpload(uploads, state, chunk, digest);
}
