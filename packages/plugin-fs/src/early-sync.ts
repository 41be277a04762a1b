import type { Store } from './store.js';

/**
 * Has the disk at work while content is still coming, so that little is left to do at the end: what was written is synced
 * in steps, in the background. A sync that fails is never repeated (see `seal`): it fails the writer at its end.
 */
export interface EarlySync {
  /** So many bytes more were written. */
  note(count: number): void;
  /** Resolves when no sync is under way: the descriptor may be closed then. Rejects when one has failed. */
  settle(): Promise<void>;
}

/** The least that is synced at a time; on a disk that is slower than the client it becomes more by itself. */
const STEP = 4 * 1024 * 1024;

export function createEarlySync({ root: { disk }, durable }: Store, fd: number): EarlySync {
  let unsynced = 0;
  let isRunning = false;
  /** Of all syncs so far; after one that failed none is begun. */
  let outcome: Promise<void> = Promise.resolve();
  const done = () => {
    isRunning = false;
  };
  return {
    note(count) {
      unsynced += count;
      if (!durable || unsynced < STEP || isRunning) return;
      unsynced = 0;
      isRunning = true;
      outcome = outcome.then(() => disk.syncData(fd));
      outcome.then(done, done);
    },
    settle: () => outcome,
  };
}
