/**
 * The time of a collection, in place of `pause` and `createStopwatch`. It goes on with the turns of a timer, each of them
 * as long as the one before: it stands still as long as the process does, however busy the machine is.
 */
const TICK_MS = 5;

let now = 0;
let isFrozen = false;
let waiting: { readonly at: number; readonly wake: () => void }[] = [];

setInterval(() => {
  if (isFrozen) return;
  now += TICK_MS;
  const due = waiting.filter(({ at }) => at <= now);
  waiting = waiting.filter(({ at }) => at > now);
  for (const { wake } of due) wake();
}, TICK_MS).unref();

/** Stops the time, until it is let go on: a test does something between two looks. */
export function freeze(): void {
  isFrozen = true;
}

export function letGoOn(): void {
  isFrozen = false;
}

export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  await new Promise<void>((resolve, reject) => {
    const abort = () => {
      reject(signal.reason as Error);
    };
    signal.addEventListener('abort', abort, { once: true });
    const wake = () => {
      signal.removeEventListener('abort', abort);
      resolve();
    };
    waiting.push({ at: now + ms, wake });
  });
}

export function createStopwatch(started: boolean) {
  const start = now;
  return { isBelow: (ms: number) => started && now - start < ms, elapsed: () => now - start };
}
