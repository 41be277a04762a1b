import type { StorageDriver } from '@outrigger/driver';
import { createStopwatch } from './stopwatch.js';

/** The time of a store, which all replicas share, whatever their own clocks say. */
export interface StoreClock {
  now(): Date;
}

/** The clock of this machine is so far from the store's that one of them must be wrong. */
export class ClockSkewError extends Error {
  override readonly name = 'ClockSkewError';
}

export const MAX_SKEW_MS = 5 * 60_000;

/**
 * Learns the store's time from an object that is written now.
 *
 * @throws ClockSkewError; StorageError
 */
export async function readStoreClock(driver: StorageDriver, path: string): Promise<StoreClock> {
  const start = createStopwatch(true);
  const before = Date.now();
  await driver.put(path, Buffer.from(new Date(before).toISOString(), 'latin1'));
  const { modTime } = await driver.stat(path);
  const skew = Math.max(before - modTime.getTime(), modTime.getTime() - Date.now());
  if (skew > MAX_SKEW_MS) {
    const minutes = Math.round(skew / 60_000);
    throw new ClockSkewError(
      `the clocks of this machine and of the storage are ${String(minutes)} minutes apart: nothing is deleted`,
    );
  }
  return { now: () => new Date(modTime.getTime() + start.elapsed()) };
}
