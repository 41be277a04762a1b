import type { CallOptions } from '@outrigger/driver';
import type { Presence } from '../replicas/presence.js';
import { createLru } from './lru.js';

/**
 * What was found in the store and may change there: kept while this process is the only one that changes it, and for
 * {@link MAX_AGE_MS} at the most, for those who change files by hand.
 */
export interface Facts<V> {
  /** Undefined when it is not known, or not surely so any more. */
  get(key: string): V | undefined;
  /**
   * What is known, or is found by a look, which is kept unless it is undefined. Whoever asks meanwhile shares the look:
   * then it gets none of the options, since one client that leaves must not take the answer from the others.
   */
  find(
    key: string,
    look: (options?: CallOptions) => Promise<V | undefined>,
    options?: CallOptions,
  ): Promise<V | undefined>;
  /**
   * Changes the store: what was known, and what is being looked up, is forgotten before and after.
   *
   * @param value - what is known then, unless anything else happened to it at the same time
   */
  change<T>(key: string, act: () => Promise<T>, value?: V): Promise<T>;
  /** What is true now, whatever a look that is under way finds. */
  set(key: string, value: V): void;
  /** Somebody else has changed it, or is about to. */
  forget(key: string): void;
}

interface Fact<V> {
  readonly value: V;
  readonly epoch: number;
  readonly since: number;
}

const MAX_AGE_MS = 30_000;

/** @param capacity - how many facts are kept */
export function createFacts<V>(presence: Presence, capacity: number): Facts<V> {
  const known = createLru<Fact<V>>(capacity, () => 1);
  const looking = new Map<string, Promise<V | undefined>>();
  const changing = new Map<string, { count: number; crowded: boolean }>();

  const forget = (key: string): void => {
    known.delete(key);
    looking.delete(key);
  };
  const set = (key: string, value: V): void => {
    known.set(key, { value, epoch: presence.epoch, since: performance.now() });
  };
  /** While alone. */
  const surely = (key: string): V | undefined => {
    const fact = known.get(key);
    const isSure = fact?.epoch === presence.epoch && performance.now() - fact.since < MAX_AGE_MS;
    return isSure ? fact.value : undefined;
  };
  const lookUp = async (key: string, look: () => Promise<V | undefined>): Promise<V | undefined> => {
    const { epoch } = presence;
    const search = look();
    looking.set(key, search);
    try {
      const value = await search;
      // A change since then has taken it out of the map.
      if (value !== undefined && looking.get(key) === search && epoch === presence.epoch) set(key, value);
      return value;
    } finally {
      if (looking.get(key) === search) looking.delete(key);
    }
  };

  return {
    get: (key) => (presence.isAlone() ? surely(key) : undefined),
    find(key, look, options) {
      if (!presence.isAlone()) return look(options);
      const value = surely(key);
      if (value !== undefined) return Promise.resolve(value);
      return looking.get(key) ?? lookUp(key, look);
    },
    async change(key, act, value) {
      forget(key);
      const { epoch } = presence;
      const changes = changing.get(key) ?? { count: 0, crowded: false };
      changing.set(key, changes);
      if (++changes.count > 1) changes.crowded = true;
      let known: V | undefined;
      try {
        const result = await act();
        known = value;
        return result;
      } finally {
        forget(key);
        if (--changes.count === 0) changing.delete(key);
        if (known !== undefined && !changes.crowded && epoch === presence.epoch) set(key, known);
      }
    },
    set(key, value) {
      looking.delete(key);
      set(key, value);
    },
    forget(key) {
      forget(key);
      const changes = changing.get(key);
      // The answer to a write may come after the news of a delete that came after the write.
      if (changes !== undefined) changes.crowded = true;
    },
  };
}
