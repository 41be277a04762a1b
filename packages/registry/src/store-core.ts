import type { KeyedLock, StorageDriver } from '@outrigger/driver';
import type { BufferPool } from './content/buffer-pool.js';
import type { ContentCache } from './content/content-cache.js';
import type { Facts } from './content/facts.js';
import type { KeyedOnce } from './content/keyed-once.js';
import type { Gate } from './gc/gate.js';
import type { Logger } from './logger.js';
import type { Family } from './replicas/family.js';
import type { Presence } from './replicas/presence.js';

/** What a layout itself works on. */
export interface StoreCore {
  readonly driver: StorageDriver;
  readonly cache: ContentCache;
  /** The sizes of content that is there, by the keys of the layout. */
  readonly sizes: Facts<number>;
  /** When the uploads that are there began, by the paths of their files. */
  readonly uploadTimes: Facts<Date>;
  readonly presence: Presence;
  /** Undefined: this process remembers by itself. */
  readonly family?: Family | undefined;
  readonly buffers: BufferPool;
  /** Keeps the requests of this process apart where two of them would spoil each other's work. */
  readonly locks: KeyedLock;
  /** Repositories whose referrers are all filed, see `referrers/reconcile.ts`. */
  readonly reconciled: KeyedOnce;
  /** Asked before anything is acknowledged; undefined when no garbage is collected while the registry runs. */
  readonly gate?: Gate | undefined;
  readonly log: Logger;
}
