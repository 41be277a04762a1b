import type { S3Bucket } from '../../harness/s3-server.js';
import { MIB } from '../../harness/scale.js';
import type { RegistryOptions } from '../../harness/start-registry.js';
import type { OverCloud } from '../over-cloud.js';
import { overCloud } from '../over-cloud.js';

/** Small, so that small contents have many parts. */
export const PART = 5 * MIB;

export function overS3(bucket: S3Bucket, options: OverCloud = {}): RegistryOptions {
  return overCloud('s3', bucket, { chunksize: PART }, options);
}
