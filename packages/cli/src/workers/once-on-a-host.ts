import type { StorageDriver } from '@outrigger/driver';
import type { Logger } from '@outrigger/registry';
import type { Config } from '../config/config.js';
import type { Closing } from '../serve/closing.js';
import { createGarbageCollection } from '../serve/gc.js';
import type { Observation } from '../serve/observe.js';
import { findPresence } from '../serve/presence.js';
import { startPurge } from '../serve/purge.js';
import { connectRedis } from '../serve/redis.js';
import { uploadSecret } from '../serve/secret.js';

export interface OnceParts {
  readonly driver: StorageDriver;
  readonly observation: Observation;
  readonly log: Logger;
  /** Takes what is opened here. */
  readonly closing: Closing;
  /** Id of the family. */
  readonly family: string;
}

export interface Once {
  /** Signs the tokens of uploads. */
  readonly secret: Uint8Array;
  /** Begins the work that goes on beside that for clients. */
  readonly begin: () => void;
}

/** What is done by one process of a host, however many serve: it collects garbage and purges uploads. */
export async function assembleOnce(
  config: Config,
  { driver, observation, log, closing, family }: OnceParts,
): Promise<Once> {
  const presence = await findPresence(config, driver, log, family);
  closing.add('presence', () => presence.close());
  const secret = await uploadSecret(config.http.secret, { driver, log, presence });
  const redis = await connectRedis(config, log);
  closing.add('redis', () => redis?.close());
  observation.metrics?.addRedis(redis?.snapshot);
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
    secret,
    begin() {
      garbage?.start(presence);
      const { readOnly, uploadPurging } = config.storage;
      const purge = readOnly ? undefined : startPurge(uploadPurging, { driver, log });
      closing.add('purge', () => purge?.close());
    },
  };
}
