import type { StorageDriver } from '@outrigger/driver';
import { createObjectDriver, keyPrefixOf } from '@outrigger/object-store';
import type { S3Config } from './config.js';
import { openS3Store } from './store.js';

/**
 * A driver over a bucket. Paths are taken as checked (see `checkDriver`).
 *
 * @throws InvalidParametersError the store refuses the bucket or the credentials
 */
export async function createS3Driver(config: S3Config): Promise<StorageDriver> {
  return createObjectDriver({
    name: config.name,
    store: await openS3Store(config),
    keyPrefix: keyPrefixOf(config.rootDirectory),
    maxPartsInFlight: partsInFlight(config.chunkSize),
    ...(config.abandonedAfterMs === undefined ? {} : { abandonedAfterMs: config.abandonedAfterMs }),
  });
}

/** 48 MiB of all writers together, or one part. As much again may wait for its turn. */
function partsInFlight(chunkSize: number): number {
  return Math.max(1, Math.min(8, Math.floor((48 * 1024 * 1024) / chunkSize)));
}
