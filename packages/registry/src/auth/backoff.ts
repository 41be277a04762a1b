/** Makes those wait who guess: by address and user, so that nobody is locked out by a guesser elsewhere. */
export interface Backoff {
  /** Seconds to wait before the next attempt; 0: none. */
  wait(key: string): number;
  fail(key: string): void;
  succeed(key: string): void;
}

const FREE_FAILURES = 5;
const MAX_WAIT_MS = 30_000;
const MEMORY_MS = 10 * 60_000;
const MAX_ENTRIES = 10_000;

export function createBackoff(now: () => number): Backoff {
  const entries = new Map<string, { failures: number; until: number; lastAt: number }>();
  return {
    wait(key) {
      const entry = entries.get(key);
      return entry === undefined ? 0 : Math.max(0, Math.ceil((entry.until - now()) / 1000));
    },
    fail(key) {
      const time = now();
      const before = entries.get(key);
      const isRecent = before !== undefined && time - before.lastAt < MEMORY_MS;
      const failures = (isRecent ? before.failures : 0) + 1;
      const waitMs =
        failures < FREE_FAILURES ? 0 : Math.min(MAX_WAIT_MS, 1000 * 2 ** (failures - FREE_FAILURES));
      entries.delete(key);
      entries.set(key, { failures, until: time + waitMs, lastAt: time });
      const [oldest] = entries.keys();
      if (entries.size > MAX_ENTRIES && oldest !== undefined) entries.delete(oldest);
    },
    succeed: (key) => void entries.delete(key),
  };
}
