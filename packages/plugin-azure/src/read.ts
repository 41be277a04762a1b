import { Readable } from 'node:stream';
import { StorageError, cancelled, versionChanged } from '@outrigger/driver';
import type { ObjectBody, ObjectReadRequest } from '@outrigger/object-store';
import { hasStatus, isAbsent } from './faults.js';
import { headBlob, isWhole, toETag, toInfo } from './head.js';
import type { Service } from './service.js';

/** A body that gives nothing for so long is broken. */
const IDLE_MS = 60_000;

/**
 * Opens a blob. Block, append and page blobs are read alike: what Distribution uploads are append blobs, and stay that. Whoever reads goes
 * on with another request where a body breaks.
 */
export async function readBlob(
  service: Service,
  key: string,
  request: ObjectReadRequest,
): Promise<ObjectBody | undefined> {
  if (request.length === 0) return openEmpty(service, key, request);
  try {
    return await download(service, key, request);
  } catch (error) {
    if (hasStatus(error, 416)) return openEmpty(service, key, request);
    if (hasStatus(error, 412)) throw versionChanged(key);
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

async function download(
  service: Service,
  key: string,
  { offset, length, ifMatch, signal }: ObjectReadRequest,
): Promise<ObjectBody | undefined> {
  const conditions = ifMatch === undefined ? {} : { conditions: { ifMatch: toETag(ifMatch) } };
  const answer = await service.call({ key, signal }, (abortSignal) =>
    service.blob(key).download(offset, length, { abortSignal, maxRetryRequests: 0, ...conditions }),
  );
  // The SDK's type is that of all platforms; here it is a Readable.
  const stream = answer.readableStreamBody as (NodeJS.ReadableStream & Destroyable) | undefined;
  if (stream === undefined) throw new StorageError('INTERNAL', `the service gave no body for ${key}`);
  // An abort destroys it with an error, also after the last byte, when nobody reads any more.
  stream.on('error', () => undefined);
  if (!isWhole(answer)) {
    stream.destroy();
    return undefined;
  }
  const size = Number(/\/(\d+)$/.exec(answer.contentRange ?? '')?.[1] ?? answer.contentLength ?? 0);
  return { info: toInfo(key, size, answer), body: destroyedByReturn(stream, chunksOf(stream, key, signal)) };
}

interface Destroyable {
  destroy(error?: Error): unknown;
}

/** Nothing is wanted of it, or nothing is there from the offset on. */
async function openEmpty(
  service: Service,
  key: string,
  { ifMatch, signal }: ObjectReadRequest,
): Promise<ObjectBody | undefined> {
  const found = await headBlob(service, { key, signal });
  if (found === undefined) return undefined;
  if (ifMatch !== undefined && ifMatch !== found.info.version) throw versionChanged(key);
  return { info: found.info, body: Readable.from([]) };
}

/** A generator that was never asked for anything does not get to its `finally`. */
function destroyedByReturn(
  stream: Destroyable,
  chunks: AsyncGenerator<Uint8Array>,
): AsyncIterable<Uint8Array> {
  return {
    [Symbol.asyncIterator]: () => ({
      next: () => chunks.next(),
      return: async () => {
        stream.destroy();
        return chunks.return(undefined);
      },
    }),
  };
}

async function* chunksOf(
  stream: NodeJS.ReadableStream & Destroyable,
  key: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  const idle = setTimeout(() => {
    stream.destroy(new Error(`no byte for ${String(IDLE_MS / 1000)} s`));
  }, IDLE_MS);
  try {
    for await (const chunk of stream) {
      yield chunk as Buffer;
      idle.refresh();
    }
  } catch (error) {
    if (signal?.aborted) throw cancelled(key, signal.reason);
    throw new StorageError('UNAVAILABLE', `the body of ${key} broke off`, { cause: error });
  } finally {
    clearTimeout(idle);
    stream.destroy();
  }
}
