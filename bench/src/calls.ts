import { stat } from 'node:fs';
import type { StorageDriver } from '@outrigger/driver';
import type { Spread } from './median.js';
import { median, spreadOf } from './median.js';
import { readWhole } from './transfers.js';

/** Latency of one call at a time, in microseconds. */
export async function measureLatency(
  call: () => Promise<unknown>,
  calls: number,
): Promise<Spread & { readonly p99: number }> {
  const micros: number[] = [];
  for (let i = 0; i < calls; i++) {
    const start = performance.now();
    await call();
    micros.push((performance.now() - start) * 1000);
  }
  const sorted = micros.toSorted((a, b) => a - b);
  return { ...spreadOf(micros), p99: sorted[Math.floor(0.99 * sorted.length)] ?? Number.NaN };
}

/** Calls a second with `inFlight` under way at all times; the median of `runs`. */
export async function measureRate(
  call: () => Promise<unknown>,
  inFlight: number,
  calls: number,
  runs: number,
): Promise<number> {
  const rates: number[] = [];
  for (let run = 0; run <= runs; run++) {
    const start = performance.now();
    let left = calls;
    const lane = async () => {
      while (left-- > 0) await call();
    };
    await Promise.all(Array.from({ length: inFlight }, lane));
    if (run > 0) rates.push(calls / ((performance.now() - start) / 1000));
  }
  return median(rates);
}

/** Latency of `call` while the same driver reads a large object again and again as fast as it can. */
export async function measureLatencyUnderRead(
  driver: StorageDriver,
  large: { readonly path: string; readonly size: number },
  call: () => Promise<unknown>,
  calls: number,
): Promise<Spread & { readonly p99: number }> {
  const into = Buffer.allocUnsafeSlow(1024 * 1024);
  let busy = true;
  const isBusy = () => busy;
  const reading = (async () => {
    while (isBusy()) await readWhole(driver, large.path, into, large.size);
  })();
  try {
    return await measureLatency(call, calls);
  } finally {
    busy = false;
    await reading;
  }
}

/** The yardstick of `stat`: fs.stat of Node, as a promise. */
export function localStat(path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    stat(path, (error) => {
      if (error === null) resolve();
      else reject(error);
    });
  });
}
