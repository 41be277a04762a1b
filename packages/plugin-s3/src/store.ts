import type { S3Client } from '@aws-sdk/client-s3';
import type { ObjectStore } from '@outrigger/object-store';
import { reuseRedirects } from '@outrigger/object-store';
import { createBucket } from './bucket.js';
import { checkStart } from './check-start.js';
import { createClient, createSigner } from './client.js';
import type { S3Config } from './config.js';
import { createCopy } from './copy.js';
import { createDelete } from './delete.js';
import { headObject } from './head.js';
import { listObjects } from './list.js';
import { createMultipart } from './multipart.js';
import { putObject } from './put.js';
import { readObject } from './read.js';
import { signedRedirect } from './redirect.js';

/**
 * The objects of a bucket.
 *
 * @throws InvalidParametersError the store refuses the bucket or the credentials
 */
export async function openS3Store(config: S3Config): Promise<ObjectStore> {
  const client = createClient(config);
  try {
    await checkStart(client, config);
  } catch (error) {
    client.destroy();
    throw error;
  }
  return createS3Store(config, client);
}

function createS3Store(config: S3Config, client: S3Client): ObjectStore {
  const signer = createSigner(config, client);
  const bucket = createBucket(client, config);
  const multipart = createMultipart(bucket);
  return {
    multipart,
    head: (key, options) => headObject(bucket, key, options),
    list: (request) => listObjects(bucket, request),
    read: (key, request) => readObject(bucket, key, request),
    put: (key, content, options) => putObject(bucket, key, content, options),
    copy: createCopy(bucket, multipart),
    delete: createDelete(bucket),
    redirect: reuseRedirects((key, request) => signedRedirect(bucket, signer, key, request)),
    close() {
      client.destroy();
      return Promise.resolve();
    },
  };
}
