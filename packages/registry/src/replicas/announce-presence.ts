import type { StorageDriver } from '@outrigger/driver';
import { isStorageError } from '@outrigger/driver';
import type { Logger } from '../logger.js';
import type { Presence } from './presence.js';
import { UNCERTAIN } from './presence.js';
import type { PresenceOptions } from './store-presence.js';
import { StorePresence } from './store-presence.js';

/**
 * Announces this process in the store. A store that cannot be written to leaves it {@link UNCERTAIN}; where it only cannot now,
 * or is full, this process has to join before it changes anything: otherwise the others would take themselves for alone.
 */
export async function announcePresence(
  driver: StorageDriver,
  log: Logger,
  options: PresenceOptions = {},
): Promise<Presence> {
  const presence = new StorePresence(driver, log, options);
  try {
    await presence.join();
    return presence;
  } catch (error) {
    if (!isStorageError(error)) throw error;
    log.warn(
      { err: error },
      'this registry cannot announce itself in the store: it asks the store for everything',
    );
    if (!error.retryable && error.code !== 'QUOTA_EXCEEDED') return UNCERTAIN;
    presence.joinLater();
    return presence;
  }
}
