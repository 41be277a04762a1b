import { cancelled } from '@outrigger/driver';

/** So much a second. Those who have to wait come in order. */
export interface TokenBucket {
  /**
   * Takes tokens when it is one's turn; undefined: at once. More may be taken than there are: who comes next waits for them.
   *
   * @throws StorageError CANCELLED
   */
  take(count: number, path: string, signal?: AbortSignal): Promise<void> | undefined;
  /** Takes more, or with a negative count gives back what was not used. */
  settle(count: number): void;
}

/**
 * @param rate - tokens that come in a second
 * @param burst - tokens that are kept for later at the most
 */
export function createTokenBucket(rate: number, burst = rate): TokenBucket {
  let tokens = burst;
  let filledAt = performance.now();
  /** In the order in which they came. */
  const queue = new Set<() => void>();
  let timer: NodeJS.Timeout | undefined;

  const fill = () => {
    const now = performance.now();
    tokens = Math.min(burst, tokens + ((now - filledAt) / 1000) * rate);
    filledAt = now;
  };
  /** One timer for all who wait: it is set for the first of them. */
  const admit = () => {
    clearTimeout(timer);
    timer = undefined;
    fill();
    for (const next of queue) {
      if (tokens <= 0) break;
      next();
    }
    if (queue.size > 0) timer = setTimeout(admit, Math.max(1, Math.ceil((-tokens / rate) * 1000)));
  };

  return {
    take(count, path, signal) {
      fill();
      if (queue.size === 0 && tokens > 0) {
        tokens -= count;
        return undefined;
      }
      return new Promise<void>((resolve, reject) => {
        const enter = () => {
          queue.delete(enter);
          signal?.removeEventListener('abort', leave);
          tokens -= count;
          resolve();
        };
        const leave = () => {
          queue.delete(enter);
          reject(cancelled(path, signal?.reason));
        };
        queue.add(enter);
        signal?.addEventListener('abort', leave, { once: true });
        if (signal?.aborted === true) leave();
        else if (timer === undefined) admit();
      });
    },
    settle(count) {
      fill();
      tokens = Math.min(burst, tokens - count);
    },
  };
}
