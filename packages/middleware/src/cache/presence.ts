import { isBelow } from '@outrigger/driver';

/** Paths that are known to be in the store: that content is in the cache does not say that it is still there. */
export interface Presence {
  has(path: string): boolean;
  /** Asks the store, and remembers a yes unless something was forgotten meanwhile. */
  look<T>(path: string, ask: () => Promise<T>): Promise<T>;
  /** A path and all below it. */
  forget(path: string): void;
}

const CAPACITY = 50_000;

/** @param maxAgeMs - how long a path is believed to be there; 0: not at all */
export function createPresence(maxAgeMs: number): Presence {
  const since = new Map<string, number>();
  let forgotten = 0;
  return {
    has(path) {
      const at = since.get(path);
      return at !== undefined && performance.now() - at < maxAgeMs;
    },
    async look(path, ask) {
      const before = forgotten;
      const answer = await ask();
      if (before !== forgotten) return answer;
      since.delete(path);
      const [oldest] = since.size >= CAPACITY ? since.keys() : [];
      if (oldest !== undefined) since.delete(oldest);
      since.set(path, performance.now());
      return answer;
    },
    forget(path) {
      forgotten++;
      since.delete(path);
      for (const each of since.keys()) if (isBelow(each, path)) since.delete(each);
    },
  };
}
