import { randomBytes } from 'node:crypto';
import type { StorageDriver } from '@outrigger/driver';
import { isStorageError } from '@outrigger/driver';
import type { Logger } from '@outrigger/registry';

const SECRET_PATH = '/_outrigger/upload-secret';
const SECRET_SIZE = 32;

/**
 * The key that signs the tokens of uploads: that of the configuration, byte for byte as Distribution uses it. Without one
 * it is made up once and kept in the store, so that uploads survive a restart; who can read it there can read all
 * content too.
 */
export async function uploadSecret(
  configured: string | undefined,
  driver: StorageDriver,
  log: Logger,
): Promise<Uint8Array> {
  if (configured !== undefined && configured !== '') return Buffer.from(configured, 'utf8');
  try {
    return (await kept(driver)) ?? (await keep(driver, randomBytes(SECRET_SIZE)));
  } catch (error) {
    if (!isStorageError(error)) throw error;
    log.warn(
      { err: error },
      'http.secret is not set and none can be kept in the store: uploads in progress do not survive a restart or move between replicas',
    );
    return randomBytes(SECRET_SIZE);
  }
}

async function kept(driver: StorageDriver): Promise<Uint8Array | undefined> {
  try {
    const secret = await driver.get(SECRET_PATH);
    return secret.length === SECRET_SIZE ? secret : undefined;
  } catch (error) {
    if (isStorageError(error, 'PATH_NOT_FOUND')) return undefined;
    throw error;
  }
}

/** What is there afterwards counts: another replica may have been faster. */
async function keep(driver: StorageDriver, secret: Uint8Array): Promise<Uint8Array> {
  await driver.put(SECRET_PATH, secret);
  return (await kept(driver)) ?? secret;
}
