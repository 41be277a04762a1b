import type { StorageDriver } from '@outrigger/driver';
import type { BufferPool } from './content/buffer-pool.js';
import { createBufferPool } from './content/buffer-pool.js';
import type { ContentCache } from './content/content-cache.js';
import { createContentCache } from './content/content-cache.js';
import type { KeyedLock } from './content/keyed-lock.js';
import { createKeyedLock } from './content/keyed-lock.js';
import type { Logger } from './logger.js';
import type { Reconciler } from './referrers/reconcile.js';
import { createReconciler } from './referrers/reconcile.js';

/** What every part of the registry works on. All state that must last is behind `driver`. */
export interface Store {
  readonly driver: StorageDriver;
  readonly cache: ContentCache;
  readonly buffers: BufferPool;
  /** Keeps the requests of this process apart where two of them would spoil each other's work. */
  readonly locks: KeyedLock;
  readonly referrers: Reconciler;
  readonly log: Logger;
}

export function createStore(driver: StorageDriver, log: Logger): Store {
  return {
    driver,
    cache: createContentCache(CACHED_BYTES),
    buffers: createBufferPool(POOLED_BUFFERS),
    locks: createKeyedLock(),
    referrers: createReconciler(),
    log,
  };
}

const CACHED_BYTES = 32 * 1024 * 1024;
const POOLED_BUFFERS = 64;
