import type { StorageDriver } from '@outrigger/driver';
import type { Config } from '../config/config.js';

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
