import type { ObjectStore } from './object-store.js';

/** Objects that nobody sees or needs any more: they are deleted beside what goes on. One that stays is swept. */
export interface Leftovers {
  drop(keys: readonly string[]): void;
  /** Resolves when everything that was dropped is gone, or stays. */
  settle(): Promise<void>;
}

export function createLeftovers(store: ObjectStore): Leftovers {
  const deletions = new Set<Promise<void>>();
  return {
    drop(keys) {
      if (keys.length === 0) return;
      const deletion = store
        .delete(keys)
        .catch(() => undefined)
        .finally(() => deletions.delete(deletion));
      deletions.add(deletion);
    },
    async settle() {
      await Promise.all(deletions);
    },
  };
}
