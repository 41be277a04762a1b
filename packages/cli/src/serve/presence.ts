import type { StorageDriver } from '@outrigger/driver';
import type { Logger, Presence } from '@outrigger/registry';
import { ALWAYS_ALONE, announcePresence } from '@outrigger/registry';
import type { Config } from '../config/config.js';

/**
 * Announces this registry to the others on its store. Nobody else has what lies in our memory.
 *
 * @param family - of the processes that serve the store together with this one
 */
export function findPresence(
  { storage }: Pick<Config, 'storage'>,
  driver: StorageDriver,
  log: Logger,
  family?: string,
): Promise<Presence> {
  if (storage.driver === 'inmemory') return Promise.resolve(ALWAYS_ALONE);
  return announcePresence(driver, log, { family });
}
