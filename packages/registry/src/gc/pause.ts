import { setTimeout as sleep } from 'node:timers/promises';

/** Waits, without keeping the process alive. Rejects when the signal is aborted. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(Math.min(ms, LONGEST_MS), undefined, { signal, ref: false });
}

/** A timer takes anything longer for no time at all. */
const LONGEST_MS = 2 ** 31 - 1;
