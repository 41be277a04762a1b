import type { S3Bucket } from '../../harness/s3-server.js';
import { MIB } from '../../harness/scale.js';
import type { RegistryOptions } from '../../harness/start-registry.js';

/** Small, so that small contents have many parts. */
export const PART = 5 * MIB;

export interface OverS3 {
  /** Of a proxy in front of the server. */
  readonly url?: string;
  /** Where clients may be sent to. Default: nowhere. */
  readonly redirectHosts?: readonly string[];
  readonly parameters?: Readonly<Record<string, unknown>>;
}

/** A registry over a bucket, its driver in a process of its own. */
export function overS3(
  bucket: S3Bucket,
  { url, redirectHosts = [], parameters }: OverS3 = {},
): RegistryOptions {
  return {
    driver: 's3',
    parameters: { ...bucket.parameters(url), chunksize: PART, ...parameters },
    sections: { outrigger: { profile: 'strict', redirectHosts, limits: { uploadsPerUser: 0 } } },
  };
}
