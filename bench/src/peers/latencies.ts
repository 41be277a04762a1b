import { spreadOf } from '../median.js';

/** The middle and the 99th percentile of times in ms. */
export function percentiles(times: readonly number[]): { p50Ms: number; p99Ms: number } {
  const sorted = times.toSorted((a, b) => a - b);
  const at = sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * 0.99) - 1)];
  return { p50Ms: spreadOf(times).median, p99Ms: at ?? Number.NaN };
}
