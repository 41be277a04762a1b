import { SourceChangedError, copyInBlocks } from './copy-in-blocks.js';
import type { CopyRequest } from './copy-request.js';
import { hasCode, hasStatus, isAbsent } from './faults.js';
import { headBlob } from './head.js';
import { awaitCopy, copyEnded } from './pending-copy.js';
import type { Service } from './service.js';
import { sourceAccess } from './source-access.js';

/** What one synchronous copy takes. https://learn.microsoft.com/rest/api/storageservices/copy-blob-from-url */
const MAX_SYNC_SIZE = 256 * 1024 * 1024;
const SYNC_TIMEOUT_MS = 300_000;

/**
 * Copies within the account. Where nothing is at the destination, one request does it: what it makes is not seen by this driver before
 * it is whole (see `isWhole`). What is there is replaced at once as far as the service can: block blobs, those above 256 MiB in blocks.
 *
 * @returns false: the source is absent
 */
export async function copyBlob(service: Service, request: CopyRequest): Promise<boolean> {
  try {
    await copyInService(service, request, true);
    return true;
  } catch (error) {
    if (isSourceGone(error)) return false;
    if (!isOccupied(error)) throw error;
    return replaceBlob(service, request);
  }
}

function sourceOf({ sourceETag }: CopyRequest) {
  return sourceETag === undefined ? {} : { sourceConditions: { ifMatch: sourceETag } };
}

function isSourceGone(error: unknown): boolean {
  return isAbsent(error) || hasCode(error, 'SourceConditionNotMet');
}

/** 409 BlobAlreadyExists, a copy of somebody else to the same place, or the condition in its general form. */
function isOccupied(error: unknown): boolean {
  return (
    hasCode(error, 'BlobAlreadyExists', 'PendingCopyOperation', 'InvalidBlobType') || hasStatus(error, 412)
  );
}

async function replaceBlob(service: Service, request: CopyRequest): Promise<boolean> {
  const { source, signal } = request;
  const found = await headBlob(service, { key: source, signal });
  if (found === undefined) return false;
  const isBlock = found.blobType === 'BlockBlob';
  const replace = async () => {
    if (isBlock && found.info.size <= MAX_SYNC_SIZE) return copySync(service, request);
    if (!isBlock || !(await copyInBlocks(service, request))) await copyInService(service, request, false);
  };
  try {
    await replace();
  } catch (error) {
    // The only condition here is the source's; a synchronous copy has another code for it.
    if (isSourceGone(error) || hasStatus(error, 412) || error instanceof SourceChangedError) return false;
    if (hasCode(error, 'PendingCopyOperation')) await copyAfterOther(service, request, replace);
    else if (hasCode(error, 'InvalidBlobType')) await copyOverOtherType(service, request, replace);
    else throw error;
  }
  return true;
}

/** Waits for the end of a copy that somebody else makes to the same place. */
async function copyAfterOther(
  service: Service,
  request: CopyRequest,
  replace: () => Promise<void>,
): Promise<void> {
  const { destination: key, signal } = request;
  const { copyId } = await service.call({ key, signal }, (abortSignal) =>
    service.blob(key).getProperties({ abortSignal }),
  );
  if (copyId !== undefined) await copyEnded(service, { key, signal, copyId });
  await replace();
}

/** A blob keeps its type for life: an append blob of Distribution has to go before a block blob can come. */
async function copyOverOtherType(
  service: Service,
  { destination: key, signal }: CopyRequest,
  replace: () => Promise<void>,
): Promise<void> {
  await service.call({ key, signal }, (abortSignal) =>
    service.blob(key).deleteIfExists({ abortSignal, deleteSnapshots: 'include' }),
  );
  await replace();
}

async function copySync(service: Service, request: CopyRequest): Promise<void> {
  const { source, destination: key, signal } = request;
  await service.call({ key, signal, timeoutMs: SYNC_TIMEOUT_MS }, async (abortSignal) => {
    const { url, ...access } = await sourceAccess(service, source);
    return service.blob(key).syncCopyFromURL(url, { abortSignal, ...access, ...sourceOf(request) });
  });
}

/** Copy Blob: within one account mostly done when it answers, else in a while. */
async function copyInService(service: Service, request: CopyRequest, isNew: boolean): Promise<void> {
  const { source, destination: key, signal } = request;
  const conditions = isNew ? { conditions: { ifNoneMatch: '*' } } : {};
  const started = await service.call({ key, signal }, (abortSignal) =>
    service
      .blob(key)
      .beginCopyFromURL(service.blob(source).url, { abortSignal, ...conditions, ...sourceOf(request) }),
  );
  const state = started.getOperationState();
  if (state.isCompleted === true || !('copyId' in state) || typeof state.copyId !== 'string') return;
  await awaitCopy(service, { key, signal, copyId: state.copyId, isReplacing: !isNew });
}
