import type { StorageDriver } from '@outrigger/driver';
import { createObjectDriver } from '@outrigger/object-store';
import { checkAccess } from './check-access.js';
import type { AzureConfig } from './config.js';
import { DRIVER_NAME } from './config.js';
import { connect } from './connection.js';
import { createAzureStore } from './store.js';

/**
 * A driver over a container of Azure Blob Storage. It takes paths as checked (see `checkDriver`).
 *
 * @throws InvalidParametersError when the account refuses the driver, or has no such container
 */
export async function createAzureDriver(config: AzureConfig): Promise<StorageDriver> {
  const connection = await connect(config);
  await checkAccess(config, connection);
  return createObjectDriver({
    name: DRIVER_NAME,
    store: createAzureStore(config, connection),
    keyPrefix: config.keyPrefix,
    abandonedAfterMs: config.abandonedAfterMs,
  });
}
