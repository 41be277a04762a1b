import type { StorageDriver } from '@outrigger/driver';
import type { Logger, Presence } from '@outrigger/registry';
import { ALWAYS_ALONE, announcePresence } from '@outrigger/registry';
import type { Config } from '../config/config.js';

/** Announces this registry to the others on its store. Nobody else has what lies in our memory. */
export function findPresence(
  { storage }: Pick<Config, 'storage'>,
  driver: StorageDriver,
  log: Logger,
): Promise<Presence> {
  return storage.driver === 'inmemory' ? Promise.resolve(ALWAYS_ALONE) : announcePresence(driver, log);
}
