import type { StorageDriver } from '@outrigger/driver';
import type { Logger, Presence } from '@outrigger/registry';
import { findPresence } from '../serve/presence.js';

export interface PresenceParts {
  readonly config: Parameters<typeof findPresence>[0];
  readonly driver: StorageDriver;
  readonly log: Logger;
}

/**
 * Does something that deletes from a store. Until it is over, a registry that runs there learns that it is not alone, so that
 * it believes nothing that it remembers.
 *
 * @param run - told of the presence, which knows how many others there are
 */
export async function whilePresent<T>(
  { config, driver, log }: PresenceParts,
  run: (presence: Presence) => Promise<T>,
): Promise<T> {
  const presence = await findPresence(config, driver, log);
  try {
    await presence.joining;
    return await run(presence);
  } finally {
    await presence.close();
  }
}
