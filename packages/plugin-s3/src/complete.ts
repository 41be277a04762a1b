import { createHash } from 'node:crypto';
import { CompleteMultipartUploadCommand } from '@aws-sdk/client-s3';
import type { Multipart, Part, SignalOption } from '@outrigger/object-store';
import { sizeOfParts } from '@outrigger/object-store';
import type { Bucket } from './bucket.js';
import { run, sendOptions } from './bucket.js';
import { isTransient, readFault } from './fault.js';
import { headObject } from './head.js';

/**
 * Makes the parts the object. Where nobody knows whether it was done (the answer was lost, or an earlier call did it), the object itself
 * decides: it has the size of the parts and the ETag that S3 makes of theirs.
 */
export async function completeMultipart(
  bucket: Bucket,
  upload: Multipart,
  parts: readonly Part[],
  { signal }: SignalOption = {},
): Promise<void> {
  const { key, id } = upload;
  const command = new CompleteMultipartUploadCommand({
    Bucket: bucket.name,
    Key: key,
    UploadId: id,
    MultipartUpload: { Parts: parts.map(({ number, tag }) => ({ PartNumber: number, ETag: tag })) },
  });
  await run({ permission: 'PutObject', key, signal }, async () => {
    try {
      await bucket.client.send(command, sendOptions(signal));
    } catch (error) {
      const isUnknown = readFault(error).code === 'NoSuchUpload' || isTransient(error);
      if (!isUnknown || !(await isDone(bucket, key, parts, signal))) throw error;
    }
  });
}

async function isDone(
  bucket: Bucket,
  key: string,
  parts: readonly Part[],
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const info = await headObject(bucket, key, { signal });
  const size = sizeOfParts(parts);
  if (info?.size !== size || info.version === undefined) return false;
  const found = unquoted(info.version);
  const expected = multipartETag(parts);
  // With a KMS key the ETags say nothing of the bytes, but still how many parts there were.
  if (expected === undefined || bucket.config.encryption?.keyId !== undefined)
    return found.endsWith(`-${String(parts.length)}`);
  return found === expected;
}

/** The MD5 of the parts' MD5s, and their number. Undefined: their ETags are no MD5s. */
function multipartETag(parts: readonly Part[]): string | undefined {
  const hash = createHash('md5');
  for (const { tag } of parts) {
    const md5 = unquoted(tag);
    if (!/^[0-9a-f]{32}$/.test(md5)) return undefined;
    hash.update(md5, 'hex');
  }
  return `${hash.digest('hex')}-${String(parts.length)}`;
}

function unquoted(tag: string): string {
  return tag.replaceAll('"', '').toLowerCase();
}
