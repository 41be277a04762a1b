import { UploadPartCopyCommand } from '@aws-sdk/client-s3';
import { StorageError, unsupported } from '@outrigger/driver';
import type { Multipart } from '@outrigger/object-store';
import type { Bucket } from './bucket.js';
import { run, sendOptions } from './bucket.js';
import { readFault } from './fault.js';

/** What is copied: the object that is there, or only this version of it. */
export interface CopySource {
  readonly key: string;
  readonly version?: string | undefined;
}

export interface PartCopy {
  readonly upload: Multipart;
  readonly number: number;
  readonly source: CopySource;
  /** First byte, and the one behind the last; absent: the whole object. */
  readonly range?: { readonly from: number; readonly to: number };
}

/**
 * Copies an object, or a range of it, into a part of an upload.
 *
 * @returns the part's tag; undefined: the source is gone
 */
export async function copyPart(
  bucket: Bucket,
  { upload, number, source, range }: PartCopy,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const command = new UploadPartCopyCommand({
    ...sourceOf(bucket, source),
    Bucket: bucket.name,
    Key: upload.key,
    UploadId: upload.id,
    PartNumber: number,
    ...(range && { CopySourceRange: `bytes=${String(range.from)}-${String(range.to - 1)}` }),
  });
  return copying(source, signal, async () => {
    const { CopyPartResult } = await bucket.client.send(command, sendOptions(signal));
    if (CopyPartResult?.ETag === undefined) throw new TypeError('the store names no ETag of a copied part');
    return CopyPartResult.ETag;
  });
}

/** The source as a request names it, and which version of it. */
export function sourceOf({ name }: Bucket, { key, version }: CopySource) {
  const path = key.split('/').map(encodeURIComponent).join('/');
  return {
    CopySource: `${name}/${path}`,
    ...(version === undefined ? {} : { CopySourceIfMatch: version }),
  };
}

/** Undefined: the source is gone. */
export function copying<T>(
  source: CopySource,
  signal: AbortSignal | undefined,
  task: () => Promise<T>,
): Promise<T | undefined> {
  return run({ permission: 'PutObject (or s3:GetObject)', key: source.key, signal }, async () => {
    try {
      return await task();
    } catch (error) {
      const { status, code } = readFault(error);
      if (code === 'NoSuchKey') return undefined;
      if (status === 501 || status === 405 || code === 'NotImplemented')
        throw unsupported('a copy on the side of the store');
      if (status === 412)
        throw new StorageError('UNAVAILABLE', `the source of a copy changed meanwhile: ${source.key}`);
      throw error;
    }
  });
}
