import type { Algorithm } from '../reference/digest.js';
import type { Store } from '../store.js';
import { writeStartedAt } from './started-at.js';
import { emptyHash } from './upload-hash.js';
import { newUploadId } from './upload-id.js';
import type { UploadState } from './upload-token.js';
import type { Uploads } from './uploads.js';

/** @param algorithm - of the digest that will end the upload, as far as it is known */
export async function startUpload(
  uploads: Uploads,
  name: string,
  algorithm: Algorithm,
): Promise<UploadState> {
  const { store, hashes, unstored } = uploads;
  const startedAt = new Date();
  const id = newOwnId(store, startedAt);
  const state: UploadState = { name, id, offset: 0, startedAt };
  hashes.set(id, emptyHash(algorithm));
  if (await store.presence.family.findAlone()) {
    unstored.begin(state);
    return { ...state, isUnstored: true };
  }
  await writeStartedAt(store, name, id, startedAt);
  return state;
}

/** One of a few tries is for this process of its family. */
function newOwnId({ family }: Store, now: Date): string {
  for (;;) {
    const id = newUploadId(now.getTime());
    if (family?.ownsUpload(id) !== false) return id;
  }
}
