/** Lets one task at a time run for each key; the others wait in order. */
export interface KeyedLock {
  isHeld(key: string): boolean;
  run<T>(key: string, task: () => Promise<T>): Promise<T>;
}

export function createKeyedLock(): KeyedLock {
  const tails = new Map<string, Promise<void>>();
  return {
    isHeld: (key) => tails.has(key),
    async run(key, task) {
      const before = tails.get(key);
      let leave = (): void => undefined;
      const tail = new Promise<void>((resolve) => {
        leave = resolve;
      });
      tails.set(key, tail);
      try {
        await before;
        return await task();
      } finally {
        if (tails.get(key) === tail) tails.delete(key);
        leave();
      }
    },
  };
}
