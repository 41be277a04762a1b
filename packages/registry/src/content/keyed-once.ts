/** Lets the task of each key succeed once. */
export interface KeyedOnce {
  /** Resolves when a task of the key has succeeded, which may have been long ago. After a failure the next call tries again. */
  run(key: string, task: () => Promise<void>): Promise<void>;
}

export function createKeyedOnce(): KeyedOnce {
  const begun = new Map<string, Promise<void>>();
  return {
    run(key, task) {
      const earlier = begun.get(key);
      if (earlier !== undefined) return earlier;
      const work = task().catch((error: unknown) => {
        begun.delete(key);
        throw error;
      });
      begun.set(key, work);
      return work;
    },
  };
}
