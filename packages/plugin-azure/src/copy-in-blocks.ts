import { randomUUID } from 'node:crypto';
import type { BlobGetPropertiesResponse } from '@azure/storage-blob';
import { StorageError, createRegulator } from '@outrigger/driver';
import type { CopyRequest } from './copy-request.js';
import { hasCode, hasStatus } from './faults.js';
import type { Service } from './service.js';
import { sourceAccess } from './source-access.js';

/** The service takes blocks of 4,000 MiB; one of these takes as long as a synchronous copy may. */
const BLOCK_SIZE = 256 * 1024 * 1024;
const BLOCK_TIMEOUT_MS = 300_000;
const BLOCKS_AT_A_TIME = 4;
const MAX_TRIES = 4;

/** The source is not the version that was asked for any more. */
export class SourceChangedError extends Error {
  override readonly name = 'SourceChangedError';
}

/**
 * Replaces a block blob of any size at once: blocks that the service reads from the source, and one commit. Until then what is there stays.
 * Nobody sends blocks to a key but others who replace it so; of these the first commit throws the blocks of the others away, who begin again.
 * https://learn.microsoft.com/rest/api/storageservices/put-block-from-url
 *
 * @returns false: the service has no such request (Azurite)
 * @throws SourceChangedError
 */
export async function copyInBlocks(service: Service, request: CopyRequest): Promise<boolean> {
  for (let tries = 1; ; tries++) {
    try {
      if (await tryInBlocks(service, request)) return true;
    } catch (error) {
      if (hasStatus(error, 501)) return false;
      if (!hasCode(error, 'InvalidBlockList', 'InvalidBlockId')) throw error;
    }
    if (tries === MAX_TRIES)
      throw new StorageError('UNAVAILABLE', `${request.destination} is replaced by others again and again`);
  }
}

/** False: the source changed meanwhile. */
async function tryInBlocks(service: Service, request: CopyRequest): Promise<boolean> {
  const { destination: key, signal } = request;
  const found = await propertiesOf(service, request);
  const { contentLength = 0, metadata = {}, contentType = '' } = found;
  const blocks = await stageAll(service, request, contentLength);
  // No request of the SDK has the condition. An ETag never comes back.
  if ((await propertiesOf(service, request)).etag !== found.etag) return false;
  await service.call({ key, signal }, (abortSignal) =>
    service.blockBlob(key).commitBlockList(blocks, {
      abortSignal,
      metadata,
      blobHTTPHeaders: { blobContentType: contentType },
    }),
  );
  return true;
}

async function propertiesOf(
  service: Service,
  { source: key, sourceETag, signal }: CopyRequest,
): Promise<BlobGetPropertiesResponse> {
  const found = await service.call({ key, signal }, (abortSignal) =>
    service.blob(key).getProperties({ abortSignal }),
  );
  if (sourceETag !== undefined && found.etag !== sourceETag)
    throw new SourceChangedError('the source was replaced');
  return found;
}

/** @returns the ids of the blocks, in their order */
async function stageAll(
  service: Service,
  { source, destination: key, signal }: CopyRequest,
  size: number,
): Promise<string[]> {
  const regulator = createRegulator(BLOCKS_AT_A_TIME);
  const ids = Array.from({ length: Math.ceil(size / BLOCK_SIZE) }, () =>
    Buffer.from(randomUUID()).toString('base64'),
  );
  const stage = (id: string, index: number) =>
    service.call({ key, signal, timeoutMs: BLOCK_TIMEOUT_MS }, async (abortSignal) => {
      const { url, ...access } = await sourceAccess(service, source);
      const offset = index * BLOCK_SIZE;
      const count = Math.min(BLOCK_SIZE, size - offset);
      return service.blockBlob(key).stageBlockFromURL(id, url, offset, count, { abortSignal, ...access });
    });
  await Promise.all(ids.map((id, index) => regulator.run(() => stage(id, index), signal)));
  return ids;
}
