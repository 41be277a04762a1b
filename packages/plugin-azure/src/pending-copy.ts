import { setTimeout as pause } from 'node:timers/promises';
import { StorageError } from '@outrigger/driver';
import type { BlobGetPropertiesResponse } from '@azure/storage-blob';
import type { Service } from './service.js';

/** A copy that the service goes on with by itself. */
export interface PendingCopy {
  readonly key: string;
  readonly copyId: string;
  readonly signal?: AbortSignal | undefined;
  /** It takes the place of something whole: what was there is gone, so that only its end brings content again. */
  readonly isReplacing?: boolean;
}

const FIRST_POLL_MS = 100;
const LAST_POLL_MS = 2000;
const CLEAN_UP_MS = 10_000;

/**
 * Waits for the end of a copy. One that fails, or that nobody waits for any more, leaves nothing behind; but one that replaces what
 * was there goes on by itself.
 *
 * @throws StorageError UNAVAILABLE when the service gave up
 */
export async function awaitCopy(service: Service, copy: PendingCopy): Promise<void> {
  try {
    const { copyStatus } = await copyEnded(service, copy);
    if (copyStatus === 'failed' || copyStatus === 'aborted')
      throw new StorageError('UNAVAILABLE', `the service could not copy to ${copy.key} (${copyStatus})`);
  } catch (error) {
    await abandonCopy(service, copy).catch(() => undefined);
    throw error;
  }
}

/** Waits until a copy is no longer pending, however it ended, or another content is at its place. */
export async function copyEnded(
  service: Service,
  { key, copyId, signal }: PendingCopy,
): Promise<Partial<BlobGetPropertiesResponse>> {
  const blob = service.blob(key);
  for (let wait = FIRST_POLL_MS; ; wait = Math.min(wait * 2, LAST_POLL_MS)) {
    const found = await service.call({ key, signal }, (abortSignal) => blob.getProperties({ abortSignal }));
    if (found.copyId !== copyId) return {};
    if (found.copyStatus !== 'pending') return found;
    await pause(wait, undefined, signal === undefined ? {} : { signal });
  }
}

/** An aborted or failed copy leaves an empty blob. */
async function abandonCopy(service: Service, { key, copyId, isReplacing }: PendingCopy): Promise<void> {
  const blob = service.blob(key);
  const abortSignal = AbortSignal.timeout(CLEAN_UP_MS);
  // 409 NoPendingCopyOperation: it has ended by itself meanwhile.
  if (isReplacing !== true) await blob.abortCopyFromURL(copyId, { abortSignal }).catch(() => undefined);
  const left = await blob.getProperties({ abortSignal });
  const isLeftover = left.copyStatus === 'aborted' || left.copyStatus === 'failed';
  if (left.copyId !== copyId || !isLeftover || left.etag === undefined) return;
  await blob.deleteIfExists({ abortSignal, conditions: { ifMatch: left.etag } });
}
