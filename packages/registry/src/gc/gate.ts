import type { StorageDriver } from '@outrigger/driver';
import { StorageError } from '@outrigger/driver';
import type { Logger } from '../logger.js';
import type { Digest } from '../reference/digest.js';
import type { GarbageKey } from './keys.js';
import { rescue } from './paths.js';
import { createStopwatch } from './stopwatch.js';
import type { View } from './view.js';
import { EMPTY_VIEW, loadView } from './view.js';

/**
 * Keeps the acknowledgements of this process and the sweeper, wherever it runs, apart. docs/decisions tells why it is
 * safe; in short: what this process acknowledges is not condemned by a view that is fresh, or it was rescued, durably,
 * before the answer.
 */
export interface Gate {
  /** Changes with every change of the view. */
  readonly version: number;
  /**
   * Whether what was found since `version` may be acknowledged at this very moment: the view is fresh and still the same,
   * and no key is condemned without being rescued. Synchronous, and cheap when nothing is condemned.
   */
  permits(version: number, keys: readonly GarbageKey[]): boolean;
  /**
   * Resolves when the keys may be relied on: rescues those that are condemned, and waits for those that are being deleted.
   *
   * @throws StorageError UNAVAILABLE when the view cannot be had, or a key stays frozen for too long
   */
  admit(keys: readonly GarbageKey[]): Promise<void>;
  /** Reads the state now. */
  refresh(): Promise<void>;
  listen(listener: GarbageListener): void;
  /** For the sweeper of this process: a link went. */
  removed(link: RemovedLink): void;
  close(): void;
}

/** Told of what goes, so that nothing of it is remembered. */
export interface GarbageListener {
  /** Keys that are about to be deleted, and again when they have been: by whichever replica. */
  frozen(keys: ReadonlySet<GarbageKey>): void;
  /** By the sweeper of this process. */
  removed(link: RemovedLink): void;
}

export interface RemovedLink {
  readonly kind: 'manifest' | 'blob';
  readonly name: string;
  readonly digest: Digest;
}

export interface GateOptions {
  readonly driver: StorageDriver;
  readonly log: Logger;
  /** How often the state is read, in milliseconds. The same in all replicas. */
  readonly refreshMs: number;
}

/** A view counts as fresh for so many intervals. The sweeper waits for as long before it relies on one. */
export const FRESH_INTERVALS = 3;

const MAX_WAIT_MS = 25_000;

export function createGate({ driver, log, refreshMs }: GateOptions): Gate {
  let view: View = EMPTY_VIEW;
  let version = 0;
  let rescued = new Set<GarbageKey>();
  let age = createStopwatch(false);
  let waiting: (() => void)[] = [];
  const listeners: GarbageListener[] = [];
  let polling: Promise<void> | undefined;
  let isBlind = false;
  let timer: NodeJS.Timeout | undefined;
  let isClosed = false;

  const isFresh = () => age.isBelow(FRESH_INTERVALS * Math.min(refreshMs, view.state.refreshMs));

  const change = (next: View) => {
    const before = view;
    view = next;
    version++;
    if (before.state.batch?.id !== next.state.batch?.id) rescued = new Set();
    for (const { frozen } of [before, next]) {
      if (frozen.size > 0) for (const listener of listeners) listener.frozen(frozen);
    }
    for (const wake of waiting) wake();
    waiting = [];
  };
  const load = async () => {
    // What is read now is at least as new as this moment.
    const start = createStopwatch(true);
    const next = await loadView(driver, view);
    if (next !== view) change(next);
    age = start;
    if (isBlind) log.info({}, 'the state of the garbage collection can be read again');
    isBlind = false;
  };
  const refresh = (): Promise<void> => {
    polling ??= load().finally(() => {
      polling = undefined;
    });
    return polling;
  };
  const poll = async () => {
    try {
      await refresh();
    } catch (error) {
      if (!isBlind && !isFresh()) {
        isBlind = true;
        log.error(
          { err: error },
          'the state of the garbage collection cannot be read: nothing is acknowledged',
        );
      }
    }
    if (!isClosed) timer = setTimeout(() => void poll(), Math.min(refreshMs, view.state.refreshMs)).unref();
  };
  timer = setTimeout(() => void poll(), 0).unref();

  /** One read that was under way already may be too old when it ends. */
  const becomeFresh = async () => {
    for (let attempt = 0; attempt < 2 && !isFresh(); attempt++) await refresh();
    if (!isFresh())
      throw new StorageError('UNAVAILABLE', 'the storage is too slow to say what may be relied on');
  };
  /** @returns false when it did not come in time */
  const nextChange = async (waitMs: number): Promise<boolean> => {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const timeout = setTimeout(resolve, waitMs, false);
    waiting.push(() => {
      resolve(true);
    });
    const hasCome = await promise;
    clearTimeout(timeout);
    return hasCome;
  };
  const isHeld = (key: GarbageKey) => view.condemned.has(key) && !rescued.has(key);
  const rescueAll = async (keys: readonly GarbageKey[]) => {
    const { batch } = view.state;
    if (batch === undefined) return;
    const mine = rescued;
    await Promise.all(keys.map((key) => driver.put(rescue(batch.id, key), Buffer.from(key, 'utf8'))));
    for (const key of keys) mine.add(key);
  };

  return {
    get version() {
      return version;
    },
    permits: (since, keys) =>
      since === version &&
      isFresh() &&
      (view.condemned.size === 0 || !keys.some((key) => view.frozen.has(key) || isHeld(key))),
    async admit(keys) {
      const elapsed = createStopwatch(true);
      for (;;) {
        await becomeFresh();
        const isFrozen = view.frozen.size > 0 && keys.some((key) => view.frozen.has(key));
        const condemned = isFrozen ? [] : keys.filter(isHeld);
        if (!isFrozen && condemned.length === 0) return;
        if (!isFrozen) await rescueAll(condemned);
        else if (!elapsed.isBelow(MAX_WAIT_MS) || !(await nextChange(MAX_WAIT_MS))) throw beingDeleted();
      }
    },
    refresh,
    listen: (listener) => void listeners.push(listener),
    removed: (link) => {
      for (const listener of listeners) listener.removed(link);
    },
    close() {
      isClosed = true;
      clearTimeout(timer);
    },
  };
}

function beingDeleted(): StorageError {
  return new StorageError('UNAVAILABLE', 'the garbage collection is about to delete it: try again');
}
