import type { CallOptions, StorageDriver } from '@outrigger/driver';
import { orAbsent } from '../layout/or-absent.js';
import { uploadStartedAt } from '../layout/paths.js';
import type { Store } from '../store.js';
import { uploadUnknown } from './upload-id.js';
import type { UploadState } from './upload-token.js';
import type { UnstoredUploads } from './unstored-uploads.js';

/** Writes the file that makes an upload exist, for all replicas. RFC 3339 in seconds, as Distribution's. */
export async function writeStartedAt(store: Store, name: string, id: string, startedAt: Date): Promise<void> {
  const path = uploadStartedAt(name, id);
  const text = `${startedAt.toISOString().slice(0, 19)}Z`;
  const write = () => store.driver.put(path, Buffer.from(text, 'latin1'));
  await store.uploadTimes.change(path, write, new Date(text));
}

/**
 * When an upload began, as the store or else the token says.
 *
 * @param state - from the token; of a client that has none only the name and the id
 * @throws RegistryError BLOB_UPLOAD_UNKNOWN when there is no such upload, or no more
 */
export async function readStartedAt(
  { store, unstored }: { readonly store: Store; readonly unstored: UnstoredUploads },
  state: UploadRef,
): Promise<Date> {
  const { name, id } = state;
  const begun = unstored.beginOf(name, id);
  if (begun !== undefined) return begun;
  const path = uploadStartedAt(name, id);
  const startedAt = await store.uploadTimes.find(path, () => findStartedAt(store.driver, path));
  if (startedAt !== undefined) return startedAt;
  if ('startedAt' in state && unstored.isOpen(state)) return state.startedAt;
  throw uploadUnknown();
}

/** An upload that a client names, with or without a token. */
export type UploadRef = UploadState | Pick<UploadState, 'name' | 'id'>;

/** Forgets that there is an upload, as it is deleted. */
export function changeStartedAt<T>(
  store: Store,
  name: string,
  id: string,
  act: () => Promise<T>,
): Promise<T> {
  return store.uploadTimes.change(uploadStartedAt(name, id), act);
}

/** The time in such a file; undefined when there is none. */
export async function findStartedAt(
  driver: StorageDriver,
  path: string,
  options?: CallOptions,
): Promise<Date | undefined> {
  const content = await orAbsent(driver.get(path, options));
  const date = new Date(
    Buffer.from(content ?? '')
      .toString('latin1')
      .trim(),
  );
  return Number.isNaN(date.getTime()) ? undefined : date;
}
