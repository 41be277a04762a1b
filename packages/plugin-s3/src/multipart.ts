import type { ListMultipartUploadsCommandOutput } from '@aws-sdk/client-s3';
import {
  AbortMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { StorageError } from '@outrigger/driver';
import type { Multipart, MultipartStore, SignalOption } from '@outrigger/object-store';
import type { Bucket } from './bucket.js';
import { run, sendOptions } from './bucket.js';
import { completeMultipart } from './complete.js';
import { copyPart } from './copy-part.js';
import { readFault } from './fault.js';

/** S3's, of one object. */
export const MAX_PARTS = 10_000;
const MIB = 1024 * 1024;
/** Below it a registry keeps everything, Distribution too. In a whole bucket nothing else is known to be ours. */
const REGISTRY = 'docker/registry/';

/** Uploads in parts of `chunksize`. */
export function createMultipart(bucket: Bucket): MultipartStore {
  const { chunkSize } = bucket.config;
  return {
    partSize: chunkSize,
    concurrency: partsAtATime(chunkSize),
    begin: (key, expectedSize, options) => begin(bucket, key, expectedSize, options),
    uploadPart: (upload, number, content, options) => uploadPart(bucket, upload, number, content, options),
    copyPart: (upload, number, source, { signal } = {}) =>
      copyPart(bucket, { upload, number, source }, signal),
    complete: (upload, parts, options) => completeMultipart(bucket, upload, parts, options),
    abort: (upload, options) => abort(bucket, upload, options),
    findAbandoned: (prefix, before, options) => findAbandoned(bucket, prefix || REGISTRY, before, options),
  };
}

/** So many that an upload is fast, and so few that big parts do not fill the memory. */
function partsAtATime(chunkSize: number): number {
  return chunkSize <= 16 * MIB ? 3 : chunkSize <= 32 * MIB ? 2 : 1;
}

async function begin(
  { client, name, headers, config }: Bucket,
  key: string,
  expectedSize = 0,
  { signal }: SignalOption = {},
): Promise<Multipart> {
  if (expectedSize > config.chunkSize * MAX_PARTS) throw tooManyParts(config.chunkSize);
  const command = new CreateMultipartUploadCommand({ ...headers, Bucket: name, Key: key });
  return run({ permission: 'PutObject', key, signal }, async () => {
    const { UploadId } = await client.send(command, sendOptions(signal));
    if (UploadId === undefined) throw new TypeError('the store names no id of an upload');
    return { key, id: UploadId };
  });
}

async function uploadPart(
  { client, name, config }: Bucket,
  { key, id }: Multipart,
  number: number,
  content: Uint8Array,
  { signal }: SignalOption = {},
): Promise<string> {
  if (number > MAX_PARTS) throw tooManyParts(config.chunkSize);
  const command = new UploadPartCommand({
    Bucket: name,
    Key: key,
    UploadId: id,
    PartNumber: number,
    Body: content,
  });
  return run({ permission: 'PutObject', key, signal }, async () => {
    const { ETag } = await client.send(command, sendOptions(signal));
    if (ETag === undefined) throw new TypeError('the store names no ETag of a part');
    return ETag;
  });
}

async function abort(
  { client, name }: Bucket,
  { key, id }: Multipart,
  { signal }: SignalOption = {},
): Promise<void> {
  const command = new AbortMultipartUploadCommand({ Bucket: name, Key: key, UploadId: id });
  await run({ permission: 'AbortMultipartUpload', key, signal }, async () => {
    try {
      await client.send(command, sendOptions(signal));
    } catch (error) {
      const { code, status } = readFault(error);
      if (code !== 'NoSuchUpload' && status !== 404) throw error;
    }
  });
}

async function* findAbandoned(
  bucket: Bucket,
  prefix: string,
  before: Date,
  { signal }: SignalOption = {},
): AsyncGenerator<Multipart> {
  for (let from: Markers | undefined = {}; from !== undefined;) {
    const page: ListMultipartUploadsCommandOutput = await listUploads(bucket, prefix, from, signal);
    for (const { Key, UploadId, Initiated } of page.Uploads ?? [])
      if (Key?.startsWith(prefix) && UploadId !== undefined && Initiated !== undefined && Initiated < before)
        yield { key: Key, id: UploadId };
    from = nextPage(page, from);
  }
}

/** From where on uploads are listed. */
interface Markers {
  readonly KeyMarker?: string;
  readonly UploadIdMarker?: string;
}

function listUploads(
  { client, name }: Bucket,
  prefix: string,
  from: Markers,
  signal: AbortSignal | undefined,
): Promise<ListMultipartUploadsCommandOutput> {
  const command = new ListMultipartUploadsCommand({ Bucket: name, Prefix: prefix, ...from });
  return run({ permission: 'ListBucketMultipartUploads', key: prefix, signal }, () =>
    client.send(command, sendOptions(signal)),
  );
}

function nextPage(page: ListMultipartUploadsCommandOutput, from: Markers): Markers | undefined {
  const { IsTruncated, NextKeyMarker, NextUploadIdMarker } = page;
  if (IsTruncated !== true || NextKeyMarker === undefined) return undefined;
  // A store that answers the same page for ever must not be asked for ever.
  if (NextKeyMarker === from.KeyMarker && NextUploadIdMarker === from.UploadIdMarker) return undefined;
  return {
    KeyMarker: NextKeyMarker,
    ...(NextUploadIdMarker === undefined ? {} : { UploadIdMarker: NextUploadIdMarker }),
  };
}

function tooManyParts(chunkSize: number): StorageError {
  return new StorageError(
    'QUOTA_EXCEEDED',
    `an object has at most ${String(MAX_PARTS)} parts of ${String(chunkSize)} bytes: bigger ones need a bigger chunksize`,
  );
}
