import type { StorageDriver } from '@outrigger/driver';
import { isStorageError, listAll } from '@outrigger/driver';
import { REPLICAS } from './paths.js';
import { isDead } from './process-identity.js';

/** Whether the store tells of a registry that runs, for who cannot announce itself there. */
export async function hasReplicas(driver: StorageDriver): Promise<boolean> {
  try {
    for await (const { path } of listAll(driver, REPLICAS))
      if (!isDead(Buffer.from(await driver.get(path)).toString('utf8'))) return true;
  } catch (error) {
    if (!isStorageError(error)) throw error;
  }
  return false;
}
