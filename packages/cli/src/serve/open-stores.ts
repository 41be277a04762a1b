import type { StorageDriver } from '@outrigger/driver';
import type { Config } from '../config/config.js';
import type { Closing } from './closing.js';
import type { ObservedDriverParts } from './observed-driver.js';
import { createObserved } from './observed-driver.js';
import type { ServeOptions } from './serve-options.js';

/** A store whose driver runs. */
export interface OpenStore {
  /** Of the repositories in it; undefined: all that are in no other store. */
  readonly prefix: string | undefined;
  /** As if the registry had this store alone. */
  readonly config: Config;
  readonly driver: StorageDriver;
}

/** The main one first. */
export type OpenStores = readonly [OpenStore, ...PrefixedStore[]];

export interface PrefixedStore extends OpenStore {
  readonly prefix: string;
}

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
