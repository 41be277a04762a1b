import type { CallOptions } from '@outrigger/driver';
import type { SharedKeys } from '../replicas/family.js';
import type { Solitude } from '../replicas/presence.js';
import { createLru } from './lru.js';

/**
 * What was found in the store and may change there: kept while this process is the only one that changes it, or those of
 * its family are (replicas/family.ts), and not for long, for those who change files by hand.
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
   * Changes the store: what was known, and what is being looked up, is forgotten before and after, by the whole family.
   *
   * @param value - what is known then, unless anything else happened to it at the same time
   * @throws StorageError UNAVAILABLE when the family does not answer: nothing was changed then
   */
  change<T>(key: string, act: () => Promise<T>, value?: V): Promise<T>;
  /** As `change`, where whatever somebody knows of the key stays true: the others of the family need not forget it. */
  add<T>(key: string, act: () => Promise<T>, value: V): Promise<T>;
  /** What is true now, whatever a look that is under way finds. */
  set(key: string, value: V): void;
  /** Somebody else has changed it, or is about to. */
  forget(key: string): void;
  /** Forgets what a test says of what is known, and all that is being looked up. */
  forgetWhere(test: (key: string, value: V) => boolean): void;
}

export interface FactsOptions {
  /** Undefined where this process has no family. */
  readonly shared?: SharedKeys | undefined;
  /** How long a fact is believed, in milliseconds; of 0 none is. */
  readonly maxAgeMs?: number | undefined;
}

export interface WeightedFactsOptions<V> extends FactsOptions {
  /** What a value takes of the capacity. Default: 1. */
  readonly weigh?: ((value: V) => number) | undefined;
}

interface Fact<V> {
  readonly value: V;
  readonly epoch: number;
  readonly since: number;
}

/** How long a fact is believed, unless it is said. */
const MAX_AGE_MS = 30_000;

/**
 * @param solitude - of those who remember
 * @param capacity - how much weight is kept: of facts that weigh nothing special, so many
 */
export function createFacts<V>(
  solitude: Solitude,
  capacity: number,
  { shared, maxAgeMs = MAX_AGE_MS, weigh = () => 1 }: WeightedFactsOptions<V> = {},
): Facts<V> {
  const known = createLru<Fact<V>>(capacity, ({ value }) => weigh(value));
  const looking = new Map<string, Promise<V | undefined>>();
  const changing = new Map<string, { count: number; crowded: boolean }>();
  /** Keys that some of the family, this process too, are about to change: of these nothing is remembered. */
  const held = new Map<string, number>();

  const drop = (key: string): void => {
    known.delete(key);
    looking.delete(key);
  };
  const forget = (key: string): void => {
    drop(key);
    const changes = changing.get(key);
    // The answer to a write may come after the news of a delete that came after the write.
    if (changes !== undefined) changes.crowded = true;
  };
  const hold = (key: string): void => void held.set(key, (held.get(key) ?? 0) + 1);
  const release = (key: string): void => {
    const count = held.get(key) ?? 0;
    if (count > 1) held.set(key, count - 1);
    else held.delete(key);
  };
  shared?.listen({
    hold(key) {
      hold(key);
      forget(key);
    },
    release,
    forget,
  });

  const set = (key: string, value: V): void => {
    if (!held.has(key)) known.set(key, { value, epoch: solitude.epoch, since: performance.now() });
  };
  /** While alone. */
  const surely = (key: string): V | undefined => {
    const fact = known.get(key);
    const isSure = fact?.epoch === solitude.epoch && performance.now() - fact.since < maxAgeMs;
    return isSure ? fact.value : undefined;
  };
  const lookUp = async (key: string, look: () => Promise<V | undefined>): Promise<V | undefined> => {
    const { epoch } = solitude;
    const search = look();
    looking.set(key, search);
    try {
      const value = await search;
      // A change since then has taken it out of the map.
      if (value !== undefined && looking.get(key) === search && epoch === solitude.epoch) set(key, value);
      return value;
    } finally {
      if (looking.get(key) === search) looking.delete(key);
    }
  };
  const change = async <T>(key: string, act: () => Promise<T>, value: V | undefined): Promise<T> => {
    drop(key);
    const { epoch } = solitude;
    const changes = changing.get(key) ?? { count: 0, crowded: false };
    changing.set(key, changes);
    if (++changes.count > 1 || held.has(key)) changes.crowded = true;
    let result: { readonly done: T } | undefined;
    try {
      result = { done: await act() };
      return result.done;
    } finally {
      drop(key);
      if (--changes.count === 0) changing.delete(key);
      const isKnown = result !== undefined && !changes.crowded && epoch === solitude.epoch;
      if (isKnown && value !== undefined) set(key, value);
    }
  };
  /** From its wish to the end of the change this process asks the store, too: it must not fall behind what others see there. */
  const changeShared = async <T>(
    family: SharedKeys,
    key: string,
    act: () => Promise<T>,
    value: V | undefined,
  ): Promise<T> => {
    let isHeld = true;
    const letGo = () => {
      if (isHeld) release(key);
      isHeld = false;
    };
    const claimAndAct = async () => {
      const giveBack = await family.claim(key);
      try {
        return await act();
      } finally {
        letGo();
        giveBack();
      }
    };
    try {
      const changed = change(key, claimAndAct, value);
      hold(key);
      return await changed;
    } finally {
      letGo();
    }
  };

  return {
    get: (key) => (solitude.isAlone() ? surely(key) : undefined),
    find(key, look, options) {
      if (!solitude.isAlone() || held.has(key)) return look(options);
      const value = surely(key);
      if (value !== undefined) return Promise.resolve(value);
      const underWay = looking.get(key);
      if (underWay === undefined) return lookUp(key, look);
      // Another of the family may have added it since that look began: nobody is told of that.
      return shared === undefined ? underWay : underWay.then((found) => found ?? look(options));
    },
    change: (key, act, value) =>
      shared === undefined ? change(key, act, value) : changeShared(shared, key, act, value),
    add: change,
    set(key, value) {
      looking.delete(key);
      set(key, value);
      shared?.tell(key);
    },
    forget,
    forgetWhere(test) {
      for (const key of [...looking.keys()]) forget(key);
      for (const changes of changing.values()) changes.crowded = true;
      for (const [key, { value }] of known.entries()) if (test(key, value)) forget(key);
    },
  };
}
