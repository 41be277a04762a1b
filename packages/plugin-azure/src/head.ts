import type { ObjectInfo } from '@outrigger/object-store';
import type { BlobType, CopyStatusType } from '@azure/storage-blob';
import { isAbsent } from './faults.js';
import type { CallContext } from './retry.js';
import type { Service } from './service.js';

/** A blob as the service describes it. */
export interface BlobFacts {
  readonly info: ObjectInfo;
  readonly blobType: BlobType | undefined;
}

/** Headers that tell of a blob, whatever was asked. */
export interface BlobHeaders {
  readonly lastModified?: Date;
  readonly etag?: string;
  readonly copyStatus?: CopyStatusType;
}

/** Undefined: nothing is there, or nothing whole. */
export async function headBlob(service: Service, context: CallContext): Promise<BlobFacts | undefined> {
  try {
    const blob = service.blob(context.key);
    const found = await service.call(context, (abortSignal) => blob.getProperties({ abortSignal }));
    if (!isWhole(found)) return undefined;
    return { info: toInfo(context.key, found.contentLength ?? 0, found), blobType: found.blobType };
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/**
 * A copy within the service may take a while, and its destination is there from its begin on; what a failed one leaves is empty.
 * https://learn.microsoft.com/rest/api/storageservices/copy-blob
 */
export function isWhole({ copyStatus }: BlobHeaders): boolean {
  return copyStatus === undefined || copyStatus === 'success';
}

export function toInfo(key: string, size: number, { lastModified, etag }: BlobHeaders): ObjectInfo {
  return {
    key,
    size,
    modTime: lastModified ?? new Date(0),
    version: etag === undefined ? undefined : toVersion(etag),
  };
}

/** Listings have ETags without quotes, headers with them. */
export function toVersion(etag: string): string {
  return etag.replace(/^"|"$/g, '');
}

export function toETag(version: string): string {
  return `"${version}"`;
}
