import { randomBytes, randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { StorageError } from '@outrigger/driver';
import type { Multipart, MultipartStore, Part, SignalOption } from '@outrigger/object-store';
import { copyBlob } from './copy.js';
import { deleteBlobs } from './delete.js';
import { hasCode, isAbsent } from './faults.js';
import { putBlob, toBuffer } from './put.js';
import type { Service } from './service.js';
import { guard } from './service.js';
import { findStaged, stagingKey } from './staged.js';

/** 50,000 blocks of it are 390 GiB. Blocks above 4 MiB take the fast way through the service. */
const PART_SIZE = 8 * 1024 * 1024;
const CONCURRENCY = 4;

/** Metadata of a committed upload, which copies keep: whose content it is. */
const UPLOAD_FIELD = 'outriggerupload';

/**
 * Uploads as blocks. Blocks that are not committed belong to the name of a blob, and a commit throws away those of everybody else there:
 * every upload has a name of its own, is committed there, and copied to its key (docs/decisions/0029).
 *
 * @param directory - of the staged uploads, a key with a slash at its end
 */
export function createMultipart(service: Service, directory: string): MultipartStore {
  const run = async <T>(
    { key, id }: Multipart,
    options: SignalOption | undefined,
    task: (staging: string, signal: AbortSignal | undefined) => Promise<T>,
  ): Promise<T> => {
    const signal = options?.signal;
    return guard({ key, signal }, () => task(stagingKey(directory, key, id), signal));
  };
  return {
    partSize: PART_SIZE,
    concurrency: CONCURRENCY,
    begin: (key) => Promise.resolve({ key, id: newUploadId() }),
    uploadPart: (upload, number, content, options) =>
      run(upload, options, (staging, signal) => stage(service, staging, number, content, signal)),
    complete: (upload, parts, options) =>
      run(upload, options, (staging, signal) => complete(service, upload, staging, parts, signal)),
    abort: (upload, options) => run(upload, options, (staging, signal) => drop(service, staging, signal)),
    findAbandoned: (prefix, before, options) =>
      directory.startsWith(prefix)
        ? findStaged(service, directory, before, options?.signal)
        : Readable.from([]),
  };
}

/** Begins with its time, so that listings come in the order of age. */
function newUploadId(): string {
  return `${String(Date.now()).padStart(14, '0')}-${randomUUID()}`;
}

async function stage(
  service: Service,
  staging: string,
  number: number,
  content: Uint8Array,
  signal: AbortSignal | undefined,
): Promise<string> {
  const blockId = newBlockId(number);
  const body = toBuffer(content);
  await service.call({ key: staging, signal }, (abortSignal) =>
    service.blockBlob(staging).stageBlock(blockId, body, body.length, { abortSignal }),
  );
  return blockId;
}

/**
 * Of one length for all blocks, as the service wants it. The random piece tells a block that is sent again from the earlier one, which may still be
 * on its way from a process that is gone.
 */
function newBlockId(number: number): string {
  return Buffer.from(`${String(number).padStart(6, '0')}-${randomBytes(8).toString('hex')}`).toString(
    'base64',
  );
}

async function complete(
  service: Service,
  { key, id }: Multipart,
  staging: string,
  parts: readonly Part[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const committed = await commit(service, staging, id, parts, signal);
  // Only what was committed here: somebody who ends the same upload otherwise puts something else in its place.
  const isCopied =
    committed !== undefined &&
    (await copyBlob(service, { source: staging, destination: key, signal, sourceETag: committed.etag }));
  // An earlier call did it, and its answer was lost.
  if (!isCopied && !(await isContentOf(service, key, id, signal)))
    throw new StorageError('UNAVAILABLE', `the upload to ${key} is gone, or lacks a part`, {
      retryable: false,
    });
  await deleteBlobs(service, [staging], signal);
}

/** May be repeated: a block that was committed counts as there. Undefined: a block is not. */
async function commit(
  service: Service,
  staging: string,
  id: string,
  parts: readonly Part[],
  signal: AbortSignal | undefined,
): Promise<{ readonly etag?: string } | undefined> {
  try {
    return await service.call({ key: staging, signal }, (abortSignal) =>
      service.blockBlob(staging).commitBlockList(
        parts.map(({ tag }) => tag),
        { abortSignal, metadata: { [UPLOAD_FIELD]: id } },
      ),
    );
  } catch (error) {
    if (hasCode(error, 'InvalidBlockList', 'InvalidBlockId') || isAbsent(error)) return undefined;
    throw error;
  }
}

async function isContentOf(
  service: Service,
  key: string,
  id: string,
  signal?: AbortSignal,
): Promise<boolean> {
  try {
    const { metadata } = await service.call({ key, signal }, (abortSignal) =>
      service.blob(key).getProperties({ abortSignal }),
    );
    return metadata?.[UPLOAD_FIELD] === id;
  } catch (error) {
    if (isAbsent(error)) return false;
    throw error;
  }
}

/** Blocks that are not committed go when a whole blob takes their place. */
async function drop(service: Service, staging: string, signal?: AbortSignal): Promise<void> {
  await putBlob(service, { key: staging, signal }, Buffer.alloc(0));
  await deleteBlobs(service, [staging], signal);
}
