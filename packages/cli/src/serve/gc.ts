import { setTimeout as sleep } from 'node:timers/promises';
import type { StorageDriver } from '@outrigger/driver';
import type { GarbageSource, Gate, Logger, Presence } from '@outrigger/registry';
import { createGate, startSweeper } from '@outrigger/registry';
import type { Config } from '../config/config.js';

export interface GarbageCollectionParts {
  readonly driver: StorageDriver;
  readonly log: Logger;
  /** Told of the digest of content that was deleted. */
  readonly onDeleted?: ((digest: { readonly text: string }) => void) | undefined;
}

/** The collection of garbage in a running registry. */
export interface GarbageCollection {
  /** For the registry. */
  readonly gate: Gate;
  /** Begins to sweep, when this process may change the store. In one process of a host. */
  start(presence: Presence, garbage: GarbageSource): void;
  /** Resolves when nothing of it is at the driver any more. */
  close(): Promise<void>;
}

/** How long to wait for a store that fails, in milliseconds. */
const RETRY_MS = 5000;

/** Undefined when it is switched off. A registry that is read-only takes part, and does not sweep. */
export function createGarbageCollection(
  { gc, storage }: Pick<Config, 'gc' | 'storage'>,
  { driver, log, onDeleted }: GarbageCollectionParts,
): GarbageCollection | undefined {
  if (!gc.enabled) return undefined;
  const { intervalMs, graceMs, deleteUntagged, dryRun } = gc;
  const refreshMs = limitRefresh(gc.refreshMs, graceMs);
  const gate = createGate({ driver, log, refreshMs });
  let starting = Promise.resolve<{ close(): Promise<void> } | undefined>(undefined);
  const closing = new AbortController();
  return {
    gate,
    start(presence, garbage) {
      if (storage.readOnly) return;
      starting = mayChange(presence, closing.signal).then((may) =>
        !may
          ? undefined
          : startSweeper({
              driver,
              log,
              garbage,
              gate,
              intervalMs,
              graceMs,
              refreshMs,
              deleteUntagged,
              dryRun,
              onDeleted,
            }),
      );
    },
    async close() {
      closing.abort();
      await (await starting)?.close();
      gate.close();
    },
  };
}

/** Replicas that look more seldom than a tenth of the grace period would eat into it. The same in all of them. */
function limitRefresh(refreshMs: number, graceMs: number): number {
  return Math.max(SHORTEST_REFRESH_MS, Math.min(refreshMs, graceMs / 10));
}

const SHORTEST_REFRESH_MS = 50;

/** Waits until this process may change the store, however long that fails. Answers false when it closes before. */
async function mayChange(presence: Presence, closing: AbortSignal): Promise<boolean> {
  while (!closing.aborted) {
    try {
      await presence.joining;
      return !closing.aborted;
    } catch {
      // Told in the log by the presence.
      await sleep(RETRY_MS, undefined, { signal: closing, ref: false }).catch(() => undefined);
    }
  }
  return false;
}
