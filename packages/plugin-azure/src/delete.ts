import { StorageErrors, throwIfAborted } from '@outrigger/driver';
import type { BatchSubResponse } from '@azure/storage-blob';
import { isAbsent, toStoreError } from './faults.js';
import type { Service } from './service.js';

/** What one batch takes. https://learn.microsoft.com/rest/api/storageservices/blob-batch */
const MAX_BATCH = 256;
const SINGLES_AT_A_TIME = 8;

const OPTIONS = { deleteSnapshots: 'include' } as const;

/** Deletes blobs: in batches, and one by one what a batch could not. */
export async function deleteBlobs(
  service: Service,
  keys: readonly string[],
  signal?: AbortSignal,
): Promise<void> {
  const left: string[] = [];
  for (let start = 0; start < keys.length; start += MAX_BATCH) {
    const some = keys.slice(start, start + MAX_BATCH);
    left.push(...(some.length === 1 ? some : await deleteBatch(service, some, signal)));
  }
  await deleteSingly(service, left, signal);
}

/** @returns what is still to be deleted: all of it where the service takes no batch; single requests find out why */
async function deleteBatch(
  service: Service,
  keys: readonly string[],
  signal?: AbortSignal,
): Promise<readonly string[]> {
  try {
    const { subResponses } = await service.call({ key: keys[0] ?? '', signal }, (abortSignal) =>
      service.container.getBlobBatchClient().deleteBlobs(keys.map(service.blob), { ...OPTIONS, abortSignal }),
    );
    return keys.filter((_, index) => !isGone(subResponses[index]));
  } catch {
    throwIfAborted(signal, keys[0] ?? '');
    return keys;
  }
}

/** 202, or 404 for one that was not there. An answer may be missing. */
function isGone(answer: BatchSubResponse | undefined): boolean {
  return (
    answer !== undefined &&
    (answer.status < 300 || (answer.status === 404 && answer.errorCode === 'BlobNotFound'))
  );
}

async function deleteSingly(service: Service, keys: readonly string[], signal?: AbortSignal): Promise<void> {
  const queue = keys.values();
  const failures: unknown[] = [];
  const work = async () => {
    for (const key of queue)
      await deleteBlob(service, key, signal).catch((error: unknown) => failures.push(error));
  };
  await Promise.all(Array.from({ length: Math.min(SINGLES_AT_A_TIME, keys.length) }, work));
  const [first, ...rest] = failures.map((error) => toStoreError(error, keys[0] ?? '', signal));
  if (first !== undefined) throw rest.length === 0 ? first : new StorageErrors(first, ...rest);
}

async function deleteBlob(service: Service, key: string, signal?: AbortSignal): Promise<void> {
  try {
    await service.call({ key, signal }, (abortSignal) =>
      service.blob(key).delete({ ...OPTIONS, abortSignal }),
    );
  } catch (error) {
    if (!isAbsent(error)) throw error;
  }
}
