/** Counts the requests that are being handled: a handler goes on after its client has left. */
export interface Running {
  run<T>(task: () => Promise<T>): Promise<T>;
  /** Resolves when no request is being handled. */
  idle(): Promise<void>;
}

export function createRunning(): Running {
  let count = 0;
  let waiting: (() => void)[] = [];
  return {
    async run(task) {
      count++;
      try {
        return await task();
      } finally {
        count--;
        if (count === 0) {
          for (const resolve of waiting) resolve();
          waiting = [];
        }
      }
    },
    async idle() {
      if (count > 0) await new Promise<void>((resolve) => waiting.push(resolve));
    },
  };
}
