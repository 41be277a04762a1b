import type { Trust } from './entry.js';

/** States that are remembered at the most: one for each file of a cache that is not huge. */
const CAPACITY = 100_000;

/** @param maxAgeMs - how long a file is believed to be what it was, while nobody has written to it; 0: never */
export function createTrust(maxAgeMs: number): Trust {
  const since = new Map<string, number>();
  return {
    has(state) {
      const at = since.get(state);
      if (at === undefined) return false;
      if (performance.now() - at < maxAgeMs) return true;
      since.delete(state);
      return false;
    },
    add(state) {
      if (maxAgeMs === 0 || since.has(state)) return;
      const [oldest] = since.size >= CAPACITY ? since.keys() : [];
      if (oldest !== undefined) since.delete(oldest);
      since.set(state, performance.now());
    },
  };
}
