import { isStorageError } from '@outrigger/driver';
import { uploadStartedAt } from '../layout/paths.js';
import type { Store } from '../store.js';
import { uploadUnknown } from './upload-id.js';

/** Writes the file that makes an upload exist, for all replicas. RFC 3339 in seconds, as Distribution's. */
export async function writeStartedAt(store: Store, name: string, id: string, startedAt: Date): Promise<void> {
  const path = uploadStartedAt(name, id);
  const text = `${startedAt.toISOString().slice(0, 19)}Z`;
  const write = () => store.driver.put(path, Buffer.from(text, 'latin1'));
  await store.uploadTimes.change(path, write, new Date(text));
}

/** @throws RegistryError BLOB_UPLOAD_UNKNOWN when there is no such upload, or no more */
export async function readStartedAt(store: Store, name: string, id: string): Promise<Date> {
  const path = uploadStartedAt(name, id);
  const startedAt =
    store.uploadTimes.get(path) ?? (await store.uploadTimes.find(path, () => find(store, path)));
  if (startedAt === undefined) throw uploadUnknown();
  return startedAt;
}

/** Forgets that there is an upload, as it is deleted. */
export function changeStartedAt<T>(
  store: Store,
  name: string,
  id: string,
  act: () => Promise<T>,
): Promise<T> {
  return store.uploadTimes.change(uploadStartedAt(name, id), act);
}

async function find(store: Store, path: string): Promise<Date | undefined> {
  try {
    const startedAt = new Date(
      Buffer.from(await store.driver.get(path))
        .toString('latin1')
        .trim(),
    );
    return Number.isNaN(startedAt.getTime()) ? undefined : startedAt;
  } catch (error) {
    if (isStorageError(error, 'PATH_NOT_FOUND')) return undefined;
    throw error;
  }
}
