import type { ObjectCannedACL, S3Client, ServerSideEncryption, StorageClass } from '@aws-sdk/client-s3';
import type { S3Config } from './config.js';
import type { S3Action } from './errors.js';
import { toStoreError } from './errors.js';

/** What the requests of a store have in common. */
export interface Bucket {
  readonly client: S3Client;
  readonly config: S3Config;
  readonly name: string;
  /** Of every object that is written. */
  readonly headers: WriteHeaders;
}

export interface WriteHeaders {
  readonly ContentType: string;
  readonly ACL?: ObjectCannedACL;
  readonly StorageClass?: StorageClass;
  readonly ServerSideEncryption?: ServerSideEncryption;
  readonly SSEKMSKeyId?: string;
}

export function createBucket(client: S3Client, config: S3Config): Bucket {
  return { client, config, name: config.bucket, headers: writeHeaders(config) };
}

/** Runs requests; what they fail with is the driver's own error. */
export async function run<T>(action: S3Action, task: () => Promise<T>): Promise<T> {
  try {
    return await task();
  } catch (error) {
    throw toStoreError(error, action);
  }
}

/** As the SDK takes it. */
export function sendOptions(signal: AbortSignal | undefined): { abortSignal?: AbortSignal } {
  return signal === undefined ? {} : { abortSignal: signal };
}

function writeHeaders({ acl, storageClass, encryption }: S3Config): WriteHeaders {
  return {
    ContentType: 'application/octet-stream',
    ...(acl === undefined ? {} : { ACL: acl }),
    ...(storageClass === undefined ? {} : { StorageClass: storageClass }),
    ...(encryption === undefined ? {} : encryptionHeaders(encryption)),
  };
}

function encryptionHeaders({ keyId }: NonNullable<S3Config['encryption']>): Partial<WriteHeaders> {
  return keyId === undefined
    ? { ServerSideEncryption: 'AES256' }
    : { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: keyId };
}
