import { readStartedAt } from './started-at.js';
import type { UploadState } from './upload-token.js';
import type { Uploads } from './uploads.js';
import { forgetUpload } from './uploads.js';

/** @throws RegistryError BLOB_UPLOAD_UNKNOWN */
export async function cancelUpload(uploads: Uploads, state: UploadState): Promise<void> {
  await uploads.store.locks.run(state.id, async () => {
    await readStartedAt(uploads, state);
    await forgetUpload(uploads, state.name, state.id);
  });
}
