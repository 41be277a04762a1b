import {
  CreateBucketCommand,
  ListMultipartUploadsCommand,
  S3Client,
  paginateListObjectsV2,
} from '@aws-sdk/client-s3';
import type { CloudServer, CloudStore } from './cloud-server.js';

export const S3_REGION = 'us-east-1';
export const S3_ACCESS_KEY = 'testkey';
export const S3_SECRET_KEY = 'testsecret';

export type S3Server = CloudServer<S3Bucket>;

export interface S3Bucket extends CloudStore {
  readonly client: S3Client;
  /** Every key, in order. */
  names(): Promise<string[]>;
  /** The keys of the multipart uploads that were neither completed nor aborted. */
  openMultiparts(): Promise<string[]>;
}

let buckets = 0;

export async function createBucket(url: string): Promise<S3Bucket> {
  const name = `bucket-${process.pid}-${++buckets}`;
  const client = s3Client(url);
  await client.send(new CreateBucketCommand({ Bucket: name }));
  return {
    name,
    client,
    parameters: (through = url) => ({
      region: S3_REGION,
      regionendpoint: through,
      forcepathstyle: true,
      accesskey: S3_ACCESS_KEY,
      secretkey: S3_SECRET_KEY,
      bucket: name,
      rootdirectory: '/',
    }),
    async names() {
      const found: string[] = [];
      for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket: name }))
        found.push(...Contents.map(({ Key = '' }) => Key));
      return found;
    },
    async openMultiparts() {
      const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: name }));
      return Uploads.map(({ Key = '' }) => Key);
    },
  };
}

export function s3Client(url: string): S3Client {
  return new S3Client({
    endpoint: url,
    region: S3_REGION,
    forcePathStyle: true,
    credentials: { accessKeyId: S3_ACCESS_KEY, secretAccessKey: S3_SECRET_KEY },
  });
}
