import type { Body } from '../content/body.js';
import type { Digest } from '../reference/digest.js';
import { finishUpload } from './finish-upload.js';
import { canPushDirect, pushDirect } from './push-direct.js';
import type { Uploads } from './uploads.js';
import { cancelUpload } from './cancel-upload.js';
import { startUpload } from './start-upload.js';

/**
 * Brings a blob into the store as a client's push would: verified before anybody can see it.
 *
 * @throws RegistryError DIGEST_INVALID; BodyBrokenError; StorageError. Nothing is left behind then.
 */
export async function saveBlob(uploads: Uploads, name: string, digest: Digest, body: Body): Promise<void> {
  const { store } = uploads;
  await store.presence.joining;
  if (canPushDirect(store)) return pushDirect(store, name, digest, body);
  const state = await startUpload(uploads, name, digest.algorithm);
  try {
    await finishUpload(uploads, state, { body }, digest);
  } catch (error) {
    await cancelUpload(uploads, state).catch(() => undefined);
    throw error;
  }
}
