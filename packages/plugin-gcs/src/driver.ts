import type { StorageDriver } from '@outrigger/driver';
import { createObjectDriver } from '@outrigger/object-store';
import { createApi } from './api.js';
import { checkBucket } from './check-bucket.js';
import { createClient } from './client.js';
import { DRIVER_NAME, type GcsConfig } from './config.js';
import { readCredentials } from './credentials.js';
import { createGcsStore } from './object-store.js';
import { createUrlSigner } from './redirect.js';

/** Bytes of the parts that are on their way, of all writers together: what the driver needs in memory, mostly. */
const PART_MEMORY = 64 * 2 ** 20;

/**
 * A driver over a bucket. Paths are taken as checked (see `checkDriver`).
 *
 * @param log - takes a line of the log
 * @throws InvalidParametersError when the credentials or the bucket are refused
 */
export async function createGcsDriver(
  config: GcsConfig,
  log: (line: string) => void,
): Promise<StorageDriver> {
  const credentials = await readCredentials(config);
  const client = createClient(config, credentials);
  try {
    await checkBucket(client.send, config, credentials);
    const { keyPrefix, chunkSize, maxConcurrency } = config;
    return await createObjectDriver({
      name: DRIVER_NAME,
      keyPrefix,
      concurrency: maxConcurrency,
      maxPartsInFlight: Math.max(2, Math.floor(PART_MEMORY / chunkSize)),
      onSweepError: (error) => {
        log(
          `gcs: looking for abandoned uploads failed: ${error instanceof Error ? error.message : 'unknown'}`,
        );
      },
      store: createGcsStore({
        api: createApi(config.bucket, client.send),
        signUrl: createUrlSigner(client.bucket, (reason) => {
          log(
            `gcs: content is not redirected: the credentials cannot sign URLs (${reason}), see docs/drivers/gcs.md`,
          );
        }),
        keyPrefix,
        partSize: chunkSize,
        close: client.close,
      }),
    });
  } catch (error) {
    client.close();
    throw error;
  }
}
