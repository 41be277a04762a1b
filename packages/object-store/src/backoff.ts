import { setTimeout as delay } from 'node:timers/promises';

const FIRST_MS = 100;
const MOST_MS = 5000;

/** Waits before try number `attempt` (from 1) of something: full jitter below a bound that doubles, so that clients spread. */
export async function backOff(attempt: number, signal?: AbortSignal): Promise<void> {
  const bound = Math.min(MOST_MS, FIRST_MS * 2 ** (attempt - 1));
  await delay(Math.random() * bound, undefined, { signal });
}
