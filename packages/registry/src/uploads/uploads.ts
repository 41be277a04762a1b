import type { Body } from '../content/receive.js';
import { deleteIfPresent } from '../layout/delete-if-present.js';
import { upload } from '../layout/paths.js';
import type { Store } from '../store.js';
import { changeStartedAt } from './started-at.js';
import type { UnstoredUploads } from './unstored-uploads.js';
import { createUnstoredUploads } from './unstored-uploads.js';
import type { UploadHashes } from './upload-hash.js';
import { createUploadHashes } from './upload-hash.js';
import type { UploadQuota } from './upload-quota.js';

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

export function createUploads(store: Store, quota?: UploadQuota): Uploads {
  const unstored = createUnstoredUploads(store.presence.family);
  return { store, hashes: createUploadHashes(), active: new Map(), unstored, quota };
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
