import type { Config } from '../config/config.js';
import type { Closing } from './closing.js';
import type { ObservedDriverParts } from './observed-driver.js';
import { createObserved } from './observed-driver.js';
import type { OpenStores, PrefixedStore } from './open-store.js';
import type { ServeOptions } from './serve-options.js';

export interface OpenStoresParts extends ObservedDriverParts {
  /** Takes the drivers. */
  readonly closing: Closing;
}

/** Starts the drivers of all stores. One that does not start leaves nothing of what was opened for it. */
export async function openStores(
  options: Pick<ServeOptions, 'environment' | 'trace'>,
  config: Config,
  parts: OpenStoresParts,
): Promise<OpenStores> {
  const open = async <P extends string | undefined>(prefix: P, own: Config) => {
    const driver = await createObserved(options, own, { ...parts, prefix });
    parts.closing.add('driver', () => driver.close());
    return { prefix, config: own, driver };
  };
  const main = await open(undefined, config);
  const others: PrefixedStore[] = [];
  for (const store of config.stores) others.push(await open(store.prefix, store.config));
  return [main, ...others];
}

/** At a fault: whatever one of them does, the others are closed too. */
export async function closeDrivers(stores: OpenStores): Promise<void> {
  await Promise.allSettled(stores.map(({ driver }) => driver.close()));
}
