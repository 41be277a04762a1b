/** Lets the task of each key succeed once. */
export interface KeyedOnce {
  /**
   * Resolves when a task of the key has succeeded, which may have been long ago. After a failure, or when many other keys came
   * since, the next call tries again.
   */
  run(key: string, task: () => Promise<void>): Promise<void>;
}

/** @param capacity - how many keys are remembered */
export function createKeyedOnce(capacity: number): KeyedOnce {
  /** In the order of their last use. */
  const begun = new Map<string, Promise<void>>();

  const begin = (key: string, task: () => Promise<void>): Promise<void> => {
    const work = task().catch((error: unknown) => {
      if (begun.get(key) === work) begun.delete(key);
      throw error;
    });
    return work;
  };

  return {
    run(key, task) {
      const work = begun.get(key) ?? begin(key, task);
      begun.delete(key);
      begun.set(key, work);
      const [oldest] = begun.keys();
      if (begun.size > capacity && oldest !== undefined) begun.delete(oldest);
      return work;
    },
  };
}
