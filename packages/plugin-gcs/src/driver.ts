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
const PART_MEMORY = 48 * 2 ** 20;
/** However small they are. */
const MAX_PARTS = 16;

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
    await checkBucket(client.send, config, credentials, log);
    const { keyPrefix, chunkSize, maxConcurrency, abandonedAfterMs } = config;
    return await createObjectDriver({
      name: DRIVER_NAME,
      keyPrefix,
      concurrency: maxConcurrency,
      maxPartsInFlight: Math.max(1, Math.min(MAX_PARTS, Math.floor(PART_MEMORY / chunkSize))),
      ...(abandonedAfterMs === undefined ? {} : { abandonedAfterMs }),
      store: createGcsStore({
        api: createApi(config.bucket, client.send),
        signUrl: createUrlSigner(client.bucket, (reason) => {
          log(
            `content is not redirected: the credentials cannot sign URLs (${reason}), see docs/drivers/gcs.md`,
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
