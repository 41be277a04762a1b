import type { UploadRef } from './started-at.js';
import { readStartedAt } from './started-at.js';
import { measureData } from './upload-data.js';
import type { UploadState } from './upload-token.js';
import type { Uploads } from './uploads.js';

/**
 * How far an upload is, by what is durable. While a chunk of it is being written here, that is the size before it.
 *
 * @throws RegistryError BLOB_UPLOAD_UNKNOWN
 */
export async function uploadStatus(uploads: Uploads, upload: UploadRef): Promise<UploadState> {
  const { store, active, unstored } = uploads;
  const { name, id } = upload;
  const startedAt = await readStartedAt(uploads, upload);
  const offset = active.get(id);
  if (offset !== undefined) return { name, id, startedAt, offset };
  return store.locks.run(id, async () => {
    // Whoever had the lock before may have ended the upload.
    await readStartedAt(uploads, upload);
    if (unstored.beginOf(name, id) !== undefined) return { name, id, startedAt, offset: 0, isUnstored: true };
    const size = await measureData(store, name, id);
    const isUnstored = size === 0 && 'isUnstored' in upload ? upload.isUnstored : undefined;
    return { name, id, startedAt, offset: size, isUnstored };
  });
}
