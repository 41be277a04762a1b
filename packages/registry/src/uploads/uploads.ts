import { isStorageError } from '@outrigger/driver';
import type { Body } from '../content/body.js';
import { deleteIfPresent } from '../layout/delete-if-present.js';
import { upload, uploadStartedAt } from '../layout/paths.js';
import type { Store } from '../store.js';
import { changeStartedAt, findStartedAt } from './started-at.js';
import type { UnstoredUploads } from './unstored-uploads.js';
import { createUnstoredUploads } from './unstored-uploads.js';
import type { UploadHashes } from './upload-hash.js';
import { createUploadHashes } from './upload-hash.js';
import type { UploadQuota } from './upload-quota.js';
import { createUploadQuota } from './upload-quota.js';
import type { UploadState } from './upload-token.js';

/** The uploads of one process over a store that other processes use as well. */
export interface Uploads {
  readonly store: Store;
  readonly hashes: UploadHashes;
  /** The uploads that are being written to here, with their durable sizes before that. */
  readonly active: Map<string, number>;
  readonly unstored: UnstoredUploads;
  /** Undefined: everybody may have as many as they like. */
  readonly quota?: UploadQuota | undefined;
}

/** @param uploadsPerUser - how many uploads one user may have under way */
export function createUploads(store: Store, uploadsPerUser?: number): Uploads {
  const unstored = createUnstoredUploads(store.presence.family);
  const isThere = ({ name, id }: Pick<UploadState, 'name' | 'id'>) =>
    isUploadThere({ store, unstored }, name, id);
  const quota =
    uploadsPerUser === undefined ? undefined : createUploadQuota({ limit: uploadsPerUser, isThere });
  return { store, hashes: createUploadHashes(), active: new Map(), unstored, quota };
}

/** One of which that is not known, because the store does not answer, is. */
async function isUploadThere(
  { store, unstored }: Pick<Uploads, 'store' | 'unstored'>,
  name: string,
  id: string,
): Promise<boolean> {
  if (unstored.beginOf(name, id) !== undefined) return true;
  try {
    return (await findStartedAt(store.driver, uploadStartedAt(name, id))) !== undefined;
  } catch (error) {
    if (isStorageError(error)) return true;
    throw error;
  }
}

/** A piece of an upload, as a client sends it. */
export interface Chunk {
  readonly body: Body;
  /** The first byte, where the client says it (Content-Range); otherwise the token's offset counts. */
  readonly start?: number | undefined;
}

/** Deletes all that is left of an upload. */
export async function forgetUpload(
  { store, hashes, quota, unstored }: Uploads,
  name: string,
  id: string,
): Promise<void> {
  const isStored = unstored.beginOf(name, id) === undefined;
  if (isStored) await changeStartedAt(store, name, id, () => deleteIfPresent(store.driver, upload(name, id)));
  unstored.leave(id);
  hashes.delete(id);
  quota?.end(id);
}
