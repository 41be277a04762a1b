import type { Logger } from '@outrigger/registry';
import type { Config } from '../config/config.js';
import { careForStore } from '../serve/care-for-store.js';
import type { StoreCare } from '../serve/care-for-store.js';
import type { Closing } from '../serve/closing.js';
import type { Observation } from '../serve/observe.js';
import type { OpenStores } from '../serve/open-store.js';
import { connectRedis } from '../serve/redis.js';
import { uploadSecret } from '../serve/secret.js';

export interface OnceParts {
  readonly stores: OpenStores;
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
  { stores, observation, log, closing, family }: OnceParts,
): Promise<Once> {
  const redis = await connectRedis(config, log);
  closing.add('redis', () => redis?.close());
  observation.metrics?.addRedis(redis?.snapshot);
  const parts = { observation, log, closing, redis, family: { id: family } };
  const [first, ...others] = stores;
  const main = await careForStore(first, parts);
  const all: StoreCare[] = [main];
  for (const store of others) all.push(await careForStore(store, parts));
  const { driver, presence } = main;
  const secret = await uploadSecret(config.http.secret, { driver, log, presence });
  return {
    secret,
    begin() {
      for (const care of all) care.begin();
    },
  };
}
