import { CopyObjectCommand } from '@aws-sdk/client-s3';
import { createRegulator } from '@outrigger/driver';
import type { CopyOptions, MultipartStore, ObjectInfo } from '@outrigger/object-store';
import type { Bucket } from './bucket.js';
import { sendOptions } from './bucket.js';
import type { CopySource, PartCopy } from './copy-part.js';
import { copyPart, copying, sourceOf } from './copy-part.js';
import { headObject } from './head.js';
import { MAX_PARTS } from './multipart.js';

/** S3 copies no more than this with one request. */
const MAX_SINGLE_COPY = 5 * 1024 ** 3;

export type CopyObject = (source: string, destination: string, options?: CopyOptions) => Promise<boolean>;

/**
 * Copies inside of the store: small objects with one request, big ones in parts, many at a time, which is faster from some MiB on and
 * the only way above 5 GiB. What is copied is the version that was there at the beginning.
 */
export function createCopy(bucket: Bucket, multipart: MultipartStore): CopyObject {
  const { concurrency, threshold } = bucket.config.copy;
  const regulator = createRegulator(concurrency);
  const copyRange = (plan: PartCopy, signal?: AbortSignal) =>
    regulator.run(() => copyPart(bucket, plan, signal), signal);
  const isSingle = (size: number) => size <= Math.min(threshold, MAX_SINGLE_COPY);

  return async (source, destination, { signal, size } = {}) => {
    // One request copies what is there, whichever it is.
    if (size !== undefined && isSingle(size))
      return copySingle(bucket, { source: { key: source }, destination }, signal);
    const info = await headObject(bucket, source, { signal });
    if (info === undefined) return false;
    if (isSingle(info.size)) return copySingle(bucket, { source: info, destination }, signal);
    return copyInParts(
      { multipart, copyRange, partSize: copyPartSize(bucket, info.size) },
      info,
      destination,
      signal,
    );
  };
}

/** Parts of a copy grow where an object would have too many of them. */
function copyPartSize({ config }: Bucket, size: number): number {
  return Math.max(config.copy.chunkSize, Math.ceil(size / MAX_PARTS));
}

async function copySingle(
  bucket: Bucket,
  { source, destination }: { source: CopySource; destination: string },
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const command = new CopyObjectCommand({
    ...bucket.headers,
    ...sourceOf(bucket, source),
    Bucket: bucket.name,
    Key: destination,
  });
  const copied = await copying(source, signal, () => bucket.client.send(command, sendOptions(signal)));
  return copied !== undefined;
}

async function copyInParts(
  {
    multipart,
    copyRange,
    partSize,
  }: {
    multipart: MultipartStore;
    copyRange: (plan: PartCopy, signal?: AbortSignal) => Promise<string | undefined>;
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
  const copies = rangesOf(source.size, partSize).map(async (range, index) => {
    const number = index + 1;
    const tag = await copyRange({ upload, number, source, range }, both);
    return tag === undefined ? undefined : { number, size: range.to - range.from, tag };
  });
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

function rangesOf(size: number, partSize: number): { from: number; to: number }[] {
  return Array.from({ length: Math.ceil(size / partSize) }, (_, index) => ({
    from: index * partSize,
    to: Math.min(size, (index + 1) * partSize),
  }));
}
