import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { StorageDriver } from '@outrigger/driver';
import { isStorageError } from '@outrigger/driver';
import type { Logger, Presence } from '@outrigger/registry';
import { hasReplicas } from '@outrigger/registry';
import { EXIT } from '../exit-codes.js';
import { CommandError } from '../failure.js';

const SECRET_PATH = '/_outrigger/upload-secret';
const SECRET_SIZE = 32;

/** Those who have found no secret at the same time write theirs within it. */
const SETTLE_MS = 1000;

export interface SecretParts {
  readonly driver: StorageDriver;
  readonly log: Logger;
  readonly presence: Pick<Presence, 'joining' | 'others'>;
}

/**
 * The key that signs the tokens of uploads: that of the configuration, byte for byte as Distribution uses it. Without one
 * it is made up once and kept in the store, so that uploads survive a restart; who can read it there can read all
 * content too.
 *
 * @throws CommandError where others use the store and it cannot keep one
 */
export async function uploadSecret(
  configured: string | undefined,
  { driver, log, presence }: SecretParts,
): Promise<Uint8Array> {
  if (configured !== undefined && configured !== '') return Buffer.from(configured, 'utf8');
  try {
    const found = await kept(driver);
    if (found !== undefined) return found;
    // Of those who start at the same time one may have made it up by then.
    await presence.joining;
    return (await kept(driver)) ?? (await keep(driver, randomBytes(SECRET_SIZE), presence));
  } catch (error) {
    if (!isStorageError(error)) throw error;
    if (presence.others > 0 || (await hasReplicas(driver))) {
      const hint = 'set http.secret, to the same text in all of them';
      throw new CommandError(
        `other registries run on this store, and it cannot keep a secret for all of them: ${hint}`,
        EXIT.config,
        error,
      );
    }
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
async function keep(
  driver: StorageDriver,
  secret: Uint8Array,
  presence: Pick<Presence, 'others'>,
): Promise<Uint8Array> {
  await driver.put(SECRET_PATH, secret);
  if (presence.others > 0) await pause(SETTLE_MS);
  return (await kept(driver)) ?? secret;
}
