/** A map of bounded weight that forgets what was not used for longest. */
export interface Lru<V> {
  get(key: string): V | undefined;
  set(key: string, value: V): void;
  delete(key: string): void;
  /** All that is there, at this moment. Uses none of it. */
  entries(): [string, V][];
}

/**
 * @param limit - the most weight that is held
 * @param weigh - the weight of one value; one that is heavier than an eighth of the limit is not kept
 */
export function createLru<V>(limit: number, weigh: (value: V) => number): Lru<V> {
  const entries = new Map<string, V>();
  let total = 0;

  const remove = (key: string): void => {
    const value = entries.get(key);
    if (value === undefined) return;
    entries.delete(key);
    total -= weigh(value);
  };

  return {
    get(key) {
      const value = entries.get(key);
      if (value === undefined) return undefined;
      entries.delete(key);
      entries.set(key, value);
      return value;
    },
    set(key, value) {
      remove(key);
      const weight = weigh(value);
      if (weight * 8 > limit) return;
      entries.set(key, value);
      total += weight;
      for (const oldest of entries.keys()) {
        if (total <= limit) break;
        remove(oldest);
      }
    },
    delete: remove,
    entries: () => [...entries],
  };
}
