import { randomUUID } from 'node:crypto';
import type { StorageDriver } from '@outrigger/driver';
import { deleteIfPresent } from '../layout/delete-if-present.js';
import { FRESH_INTERVALS } from './gate.js';
import type { GarbageKey } from './keys.js';
import { keyHash } from './keys.js';
import type { Lease } from './lease.js';
import { LeaseLostError } from './lease.js';
import { listNames } from '../layout/list-directory.js';
import { BATCHES, STATE, batchDirectory, rescuedDirectory } from './paths.js';
import { pause } from './pause.js';
import type { Batch, GcState } from './state.js';
import { IDLE, KEYS_IN_A_PAGE, findState, readKeys, readState, writeKeys, writeState } from './state.js';

/** The state of the collection, as the one process that has the lease changes it. */
export interface BatchControl {
  readonly batch: Batch | undefined;
  /** When the condemned keys were published, by the store's clock. */
  publishedAt(): Promise<Date>;
  /** How long it takes until every replica knows of a change, or knows that it knows nothing. */
  readonly settleMs: number;
  /** Publishes what is garbage. Resolves when the store has it. */
  condemn(keys: readonly GarbageKey[]): Promise<void>;
  condemned(): Promise<Set<GarbageKey>>;
  /** Hashes of the keys that somebody relies on again. */
  rescued(): Promise<Set<string>>;
  /** Publishes what is deleted next. Resolves when every replica knows it, or knows that it knows nothing. */
  freeze(keys: readonly GarbageKey[]): Promise<void>;
  /** Takes back that a page is being deleted. */
  thaw(): Promise<void>;
  /** Ends the batch. */
  clear(): Promise<void>;
}

export interface BatchOptions {
  readonly driver: StorageDriver;
  readonly lease: Lease;
  readonly refreshMs: number;
  readonly signal: AbortSignal;
  /** Brings the view of this process up to date. */
  readonly onChange: () => Promise<void>;
}

/** @throws LeaseLostError from every method, as soon as somebody else has changed the state */
export async function openBatch(options: BatchOptions): Promise<BatchControl> {
  const { driver, lease, refreshMs, signal, onChange } = options;
  let state = await readOrReset(driver);
  let freshMs = spread(refreshMs);
  let frozenPages = 0;

  const change = async (batch: Batch | undefined) => {
    await lease.verify();
    if (!isSame(await readOrReset(driver), state)) throw new LeaseLostError();
    const next: GcState = { generation: state.generation + 1, refreshMs, batch };
    // Replicas that only know the former state go by its interval.
    freshMs = Math.max(spread(refreshMs), Number.isFinite(state.refreshMs) ? spread(state.refreshMs) : 0);
    await writeState(driver, next);
    state = next;
    await onChange();
  };
  const current = (): Batch => {
    if (state.batch === undefined) throw new LeaseLostError();
    return state.batch;
  };

  return {
    get batch() {
      return state.batch;
    },
    get settleMs() {
      return freshMs;
    },
    async publishedAt() {
      const { since } = current();
      if (since !== undefined) return new Date(since);
      return (await driver.stat(STATE)).modTime;
    },
    async condemn(keys) {
      const id = randomUUID();
      const pages = Math.ceil(keys.length / KEYS_IN_A_PAGE);
      for (let page = 0; page < pages; page++) {
        const some = keys.slice(page * KEYS_IN_A_PAGE, (page + 1) * KEYS_IN_A_PAGE);
        await writeKeys(driver, id, 'condemned', page, some);
      }
      await change({ id, pages, since: undefined, frozen: undefined });
      const { modTime } = await driver.stat(STATE);
      await change({ ...current(), since: modTime.toISOString() });
    },
    async condemned() {
      const { id, pages } = current();
      const keys = new Set<GarbageKey>();
      for (let page = 0; page < pages; page++)
        for (const key of await readKeys(driver, id, 'condemned', page)) keys.add(key);
      return keys;
    },
    rescued: async () => new Set(await listNames(driver, rescuedDirectory(current().id))),
    async freeze(keys) {
      const batch = current();
      const page = frozenPages++;
      await writeKeys(driver, batch.id, 'doomed', page, keys);
      await change({ ...batch, frozen: page });
      await pause(freshMs, signal);
      await lease.verify();
      if (!isSame(await readState(driver), state)) throw new LeaseLostError();
    },
    thaw: () => change({ ...current(), frozen: undefined }),
    async clear() {
      await change(undefined);
      // Also what sweepers left that were killed before their batch was in the state.
      for (const name of await listNames(driver, BATCHES))
        await deleteIfPresent(driver, batchDirectory(name));
    },
  };
}

/** How long a view is fresh by this interval, and a little more: clocks do not run alike. */
export function spread(refreshMs: number): number {
  return FRESH_INTERVALS * refreshMs * 1.05 + 20;
}

export function isRescued(key: GarbageKey, rescued: ReadonlySet<string>): boolean {
  return rescued.size > 0 && rescued.has(keyHash(key));
}

/** A state that a crash has spoilt stands for none: replicas have been blind since, and acknowledged nothing. */
async function readOrReset(driver: StorageDriver): Promise<GcState> {
  return (await findState(driver)) ?? { ...IDLE, generation: AFTER_A_CRASH };
}

/** Beyond all that was counted before, so that every replica sees a change. */
const AFTER_A_CRASH = 2 ** 40;

function isSame(one: GcState, other: GcState): boolean {
  return one.generation === other.generation && one.batch?.id === other.batch?.id;
}
