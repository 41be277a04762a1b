import type { PresenceOptions } from '../../src/replicas/store-presence.js';

export interface FakeTime {
  readonly options: PresenceOptions;
  /** Lets time pass, and everything that waits for it happen. */
  pass(milliseconds: number): Promise<void>;
  /** Time that passes while the machine sleeps: only the clock on the wall shows it. */
  sleep(milliseconds: number): void;
}

/** One time for all replicas of a test. */
export function createFakeTime(): FakeTime {
  let now = 0;
  let slept = 0;
  let waiting: { readonly at: number; readonly wake: () => void }[] = [];
  return {
    options: {
      now: () => now,
      clock: () => now + slept,
      wait: (milliseconds) =>
        new Promise((wake) => {
          waiting.push({ at: now + milliseconds, wake });
        }),
    },
    async pass(milliseconds) {
      now += milliseconds;
      const due = waiting.filter(({ at }) => at <= now);
      waiting = waiting.filter(({ at }) => at > now);
      for (const { wake } of due) wake();
      await settle();
    },
    sleep: (milliseconds) => {
      slept += milliseconds;
    },
  };
}

/** Lets everything happen that needs no time; the driver is in memory. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}
