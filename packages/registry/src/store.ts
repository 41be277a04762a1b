import type { StorageDriver } from '@outrigger/driver';
import { createKeyedLock } from '@outrigger/driver';
import { createBufferPool } from './content/buffer-pool.js';
import { createContentCache } from './content/content-cache.js';
import { createKeyedOnce } from './content/keyed-once.js';
import { createFacts } from './content/facts.js';
import type { GarbageSource } from './gc/garbage-source.js';
import type { Gate } from './gc/gate.js';
import { createDistributionLayout } from './layout/distribution/layout.js';
import type { Layout, LayoutKind } from './layout/layout.js';
import { createOciLayout } from './layout/oci/layout.js';
import { relocate } from './layout/oci/relocate.js';
import type { Logger } from './logger.js';
import { forgetGarbage } from './gc/forget.js';
import type { Family } from './replicas/family.js';
import { keysOfKind } from './replicas/family.js';
import type { Presence } from './replicas/presence.js';
import type { StoreCore } from './store-core.js';

/** What every part of the registry works on. All state that must last is behind `driver`. */
export interface Store extends StoreCore {
  readonly layout: Layout;
}

/** What surrounds a store, and how much of it is kept in memory. */
export interface StoreOptions {
  readonly presence: Presence;
  readonly gate?: Gate | undefined;
  /** That of the presence, if it has one. */
  readonly family?: Family | undefined;
  readonly memory?: MemoryOptions | undefined;
  /** Default: Distribution's. */
  readonly layout?: LayoutKind | undefined;
}

export interface MemoryOptions {
  /** How long it is believed what the store has, while nobody else changes it. Milliseconds; 0: it is always asked. Default: 30 s. */
  readonly factsMs?: number | undefined;
  /** Bytes of small content. What has more than an eighth of it is not kept. Default: 32 MiB. */
  readonly contentBytes?: number | undefined;
}

/** The driver for all that has to do with a store of such a layout: the presence, the gate, the sweeper, and the registry. */
export function openLayout(driver: StorageDriver, kind: LayoutKind): StorageDriver {
  return kind === 'oci' ? relocate(driver) : driver;
}

/**
 * What may be deleted of a store, for who serves nobody from it.
 *
 * @param driver - of {@link openLayout}
 */
export function openGarbage(
  driver: StorageDriver,
  { log, ...options }: StoreOptions & { readonly log: Logger },
): GarbageSource {
  return createStore(driver, log, options).layout.garbage;
}

export function createStore(driver: StorageDriver, log: Logger, options: StoreOptions): Store {
  const { presence, gate, family, layout: kind = 'distribution' } = options;
  const { memory: { factsMs: maxAgeMs, contentBytes = CACHED_BYTES } = {} } = options;
  const core: StoreCore = {
    driver: openLayout(driver, kind),
    cache: createContentCache(contentBytes),
    sizes: createFacts(presence.family, KNOWN_SIZES, {
      shared: family && keysOfKind(family, 'size'),
      maxAgeMs,
    }),
    // Nobody else of the family has to do with an upload.
    uploadTimes: createFacts(presence.family, KNOWN_UPLOADS, { maxAgeMs }),
    presence,
    family,
    buffers: createBufferPool(POOLED_BUFFERS),
    locks: createKeyedLock(),
    reconciled: createKeyedOnce(RECONCILED_REPOSITORIES),
    gate,
    log,
  };
  const create = kind === 'oci' ? createOciLayout : createDistributionLayout;
  const store: Store = { ...core, layout: create(core, maxAgeMs) };
  if (gate !== undefined) forgetGarbage(gate, store, family !== undefined);
  return store;
}

const CACHED_BYTES = 32 * 1024 * 1024;
const KNOWN_SIZES = 16_384;
const KNOWN_UPLOADS = 4096;
const POOLED_BUFFERS = 24;
const RECONCILED_REPOSITORIES = 16_384;
