import { availableParallelism } from 'node:os';
import { AccessError } from '../../access/access-error.js';

/** Whether a password has a bcrypt hash. Takes its time on another thread. */
export type Compare = (password: Buffer, hash: string) => Promise<boolean>;

/** Node reads files with the same four threads: one of them is left. */
const MOST_PARALLEL = 3;
const MAX_WAITING = 64;

/**
 * Lets few comparisons run at a time, each of which takes a core for a while, and few wait.
 *
 * @returns a comparison that throws AccessError BUSY
 */
export function queueCompare(
  compare: Compare,
  parallel = Math.max(1, Math.min(MOST_PARALLEL, availableParallelism() - 1)),
): Compare {
  const waiting: (() => void)[] = [];
  let running = 0;

  async function enter(): Promise<void> {
    if (running < parallel) {
      running++;
      return;
    }
    if (waiting.length >= MAX_WAITING)
      throw new AccessError('BUSY', { reason: 'too many log-ins at a time', retryAfter: 1 });
    await new Promise<void>((resolve) => waiting.push(resolve));
  }

  return async (password, hash) => {
    await enter();
    try {
      return await compare(password, hash);
    } finally {
      const next = waiting.shift();
      if (next === undefined) running--;
      else next();
    }
  };
}
