/** Lets at most `limit` tasks run at a time; the others wait in order. */
export interface Regulator {
  readonly active: number;
  readonly waiting: number;
  run<T>(task: () => Promise<T>, signal?: AbortSignal): Promise<T>;
}

export function createRegulator(limit: number): Regulator {
  if (!Number.isSafeInteger(limit) || limit < 1)
    throw new RangeError(`a limit of at least 1 is needed, not ${String(limit)}`);
  const queue = new Set<() => void>();
  let active = 0;

  const enter = (signal?: AbortSignal): Promise<void> | undefined => {
    if (active < limit) {
      active++;
      return undefined;
    }
    return new Promise((resolve, reject) => {
      const leave = () => {
        queue.delete(admit);
        reject(signal?.reason instanceof Error ? signal.reason : new DOMException('aborted', 'AbortError'));
      };
      const admit = () => {
        signal?.removeEventListener('abort', leave);
        resolve();
      };
      queue.add(admit);
      signal?.addEventListener('abort', leave, { once: true });
    });
  };

  const exit = () => {
    const [next] = queue;
    if (next === undefined) {
      active--;
      return;
    }
    queue.delete(next);
    next();
  };

  return {
    get active() {
      return active;
    },
    get waiting() {
      return queue.size;
    },
    async run(task, signal) {
      signal?.throwIfAborted();
      const turn = enter(signal);
      if (turn !== undefined) await turn;
      try {
        return await task();
      } finally {
        exit();
      }
    },
  };
}
