import type { StorageDriver } from '@outrigger/driver';
import type { Family, GarbageSource, Logger, Presence } from '@outrigger/registry';
import { openGarbage, openLayout } from '@outrigger/registry';
import type { Closing } from './closing.js';
import type { GarbageCollection } from './gc.js';
import { createGarbageCollection } from './gc.js';
import type { Observation } from './observe.js';
import type { OpenStore } from './open-store.js';
import { warnOfOtherLayout } from './other-layout.js';
import { findPresence } from './presence.js';
import { startPurge } from './purge.js';
import type { RedisLink } from './redis.js';

export interface CareParts {
  readonly observation: Observation;
  readonly log: Logger;
  /** Takes what is opened here. */
  readonly closing: Closing;
  /** Undefined: nobody else serves the store together with this process. */
  readonly family: Pick<Family, 'id'> | undefined;
  readonly redis: RedisLink | undefined;
}

/** What belongs to one store, whoever serves its clients. */
export interface StoreCare {
  /** In the layout of the store, and without middleware. */
  readonly driver: StorageDriver;
  readonly presence: Presence;
  /** Undefined when it is switched off. */
  readonly garbage: GarbageCollection | undefined;
  /**
   * Begins the work that goes on beside that for clients. In one process of a host.
   *
   * @param garbage - that of the registry, where this process has one
   */
  readonly begin: (garbage?: GarbageSource) => void;
}

/** Announces this registry to the others on a store, and prepares what has to be done there from time to time. */
export async function careForStore(
  { config, driver: plain }: OpenStore,
  { observation, log, closing, family, redis }: CareParts,
): Promise<StoreCare> {
  const { layout } = config;
  const driver = openLayout(plain, layout);
  const presence = await findPresence(config, driver, log, family?.id);
  closing.add('presence', () => presence.close());
  const garbage = createGarbageCollection(config, {
    driver,
    log,
    onDeleted: (digest) => {
      observation.onDeleted?.(digest);
      redis?.onDeleted(digest);
    },
  });
  closing.add('gc', () => garbage?.close());
  if (redis !== undefined) garbage?.gate.listen({ frozen: () => undefined, removed: redis.onRemoved });
  return {
    driver,
    presence,
    garbage,
    begin(source) {
      void warnOfOtherLayout(driver, layout, log);
      garbage?.start(presence, source ?? openGarbage(driver, { log, presence, layout }));
      const { readOnly, uploadPurging } = config.storage;
      const purge = readOnly ? undefined : startPurge(uploadPurging, { driver, log });
      closing.add('purge', () => purge?.close());
    },
  };
}
