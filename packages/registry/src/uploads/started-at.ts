import { isStorageError } from '@outrigger/driver';
import { uploadStartedAt } from '../layout/paths.js';
import type { Store } from '../store.js';
import { uploadUnknown } from './upload-id.js';

/** Writes the file that makes an upload exist, for all replicas. RFC 3339 in seconds, as Distribution's. */
export async function writeStartedAt(store: Store, name: string, id: string, startedAt: Date): Promise<void> {
  await store.driver.put(
    uploadStartedAt(name, id),
    Buffer.from(`${startedAt.toISOString().slice(0, 19)}Z`, 'latin1'),
  );
}

/** @throws RegistryError BLOB_UPLOAD_UNKNOWN when there is no such upload, or no more */
export async function readStartedAt(store: Store, name: string, id: string): Promise<Date> {
  try {
    const content = await store.driver.get(uploadStartedAt(name, id));
    const startedAt = new Date(Buffer.from(content).toString('latin1').trim());
    if (Number.isNaN(startedAt.getTime())) throw uploadUnknown();
    return startedAt;
  } catch (error) {
    if (isStorageError(error, 'PATH_NOT_FOUND')) throw uploadUnknown();
    throw error;
  }
}
