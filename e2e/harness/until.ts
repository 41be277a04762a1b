import { setTimeout as pause } from 'node:timers/promises';

const LOOK_EVERY_MS = 20;

/** Far more than anything takes: a busy machine is no fault. */
const LONGEST_MS = 60_000;

/**
 * Waits for something that other processes do and that nobody announces. It has to stay once it is there.
 *
 * @param look - what is waited for, or undefined or false as long as it is not there
 * @throws Error that says what did not come
 */
export async function until<T>(
  what: string,
  look: () => T | undefined | false | Promise<T | undefined | false>,
  timeoutMs = LONGEST_MS,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > deadline) throw new Error(`within ${timeoutMs} ms not seen: ${what}`);
    await pause(LOOK_EVERY_MS);
  }
}
