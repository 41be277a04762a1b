import { CopyObjectCommand, UploadPartCopyCommand } from '@aws-sdk/client-s3';
import { StorageError, createRegulator } from '@outrigger/driver';
import type { MultipartStore, ObjectInfo, Part, SignalOption } from '@outrigger/object-store';
import type { Bucket } from './bucket.js';
import { run, sendOptions } from './bucket.js';
import { readFault } from './fault.js';
import { headObject } from './head.js';
import { MAX_PARTS } from './multipart.js';

/** S3 copies no more than this with one request. */
const MAX_SINGLE_COPY = 5 * 1024 ** 3;

export type CopyObject = (source: string, destination: string, options?: SignalOption) => Promise<boolean>;

/**
 * Copies inside of the store: small objects with one request, big ones in parts, many at a time, which is faster from some MiB on and
 * the only way above 5 GiB. What is copied is the version that was there at the beginning.
 */
export function createCopy(bucket: Bucket, multipart: MultipartStore): CopyObject {
  const { concurrency, threshold } = bucket.config.copy;
  const regulator = createRegulator(concurrency);
  const copyPart = (plan: PartCopy, signal?: AbortSignal) =>
    regulator.run(() => uploadPartCopy(bucket, plan, signal), signal);

  return async (source, destination, { signal } = {}) => {
    const info = await headObject(bucket, source, { signal });
    if (info === undefined) return false;
    if (info.size <= Math.min(threshold, MAX_SINGLE_COPY))
      return copySingle(bucket, { source: info, destination }, signal);
    return copyInParts(
      { multipart, copyPart, partSize: copyPartSize(bucket, info.size) },
      info,
      destination,
      signal,
    );
  };
}

interface PartCopy {
  readonly source: ObjectInfo;
  readonly destination: string;
  readonly uploadId: string;
  readonly number: number;
  /** First byte, and the one behind the last. */
  readonly from: number;
  readonly to: number;
}

/** The source as a request names it, and which version of it. */
function sourceOf({ name }: Bucket, { key, version }: ObjectInfo) {
  const path = key.split('/').map(encodeURIComponent).join('/');
  return {
    CopySource: `${name}/${path}`,
    ...(version === undefined ? {} : { CopySourceIfMatch: version }),
  };
}

/** Parts of a copy grow where an object would have too many of them. */
function copyPartSize({ config }: Bucket, size: number): number {
  return Math.max(config.copy.chunkSize, Math.ceil(size / MAX_PARTS));
}

async function copySingle(
  bucket: Bucket,
  { source, destination }: { source: ObjectInfo; destination: string },
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const command = new CopyObjectCommand({
    ...bucket.headers,
    ...sourceOf(bucket, source),
    Bucket: bucket.name,
    Key: destination,
  });
  return copying(source, signal, async () => {
    await bucket.client.send(command, sendOptions(signal));
    return true;
  });
}

async function copyInParts(
  {
    multipart,
    copyPart,
    partSize,
  }: {
    multipart: MultipartStore;
    copyPart: (plan: PartCopy, signal?: AbortSignal) => Promise<Part | undefined>;
    partSize: number;
  },
  source: ObjectInfo,
  destination: string,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const upload = await multipart.begin(destination, undefined, { signal });
  // The first part that fails stops the others.
  const failing = new AbortController();
  const both = signal === undefined ? failing.signal : AbortSignal.any([signal, failing.signal]);
  const copies = Array.from({ length: Math.ceil(source.size / partSize) }, (_, index) =>
    copyPart(
      {
        source,
        destination,
        uploadId: upload.id,
        number: index + 1,
        from: index * partSize,
        to: Math.min(source.size, (index + 1) * partSize),
      },
      both,
    ),
  );
  try {
    const parts = await Promise.all(copies);
    const present = parts.filter((part) => part !== undefined);
    if (present.length === parts.length) {
      await multipart.complete(upload, present, { signal });
      return true;
    }
    await multipart.abort(upload);
    return false;
  } catch (error) {
    failing.abort();
    await Promise.allSettled(copies);
    await multipart.abort(upload).catch(() => undefined);
    throw error;
  }
}

/** Undefined: the source is gone. */
async function uploadPartCopy(
  bucket: Bucket,
  { source, destination, uploadId, number, from, to }: PartCopy,
  signal: AbortSignal | undefined,
): Promise<Part | undefined> {
  const command = new UploadPartCopyCommand({
    ...sourceOf(bucket, source),
    Bucket: bucket.name,
    Key: destination,
    UploadId: uploadId,
    PartNumber: number,
    CopySourceRange: `bytes=${String(from)}-${String(to - 1)}`,
  });
  let part: Part | undefined;
  await copying(source, signal, async () => {
    const { CopyPartResult } = await bucket.client.send(command, sendOptions(signal));
    if (CopyPartResult?.ETag === undefined) throw new TypeError('the store names no ETag of a copied part');
    part = { number, size: to - from, tag: CopyPartResult.ETag };
    return true;
  });
  return part;
}

/** False: the source is gone. */
function copying(
  source: ObjectInfo,
  signal: AbortSignal | undefined,
  task: () => Promise<boolean>,
): Promise<boolean> {
  return run({ permission: 'PutObject (or s3:GetObject)', key: source.key, signal }, async () => {
    try {
      return await task();
    } catch (error) {
      const { status, code } = readFault(error);
      if (code === 'NoSuchKey') return false;
      if (status === 412)
        throw new StorageError('UNAVAILABLE', `the source of a copy changed meanwhile: ${source.key}`);
      throw error;
    }
  });
}
