/** Measures by both clocks: the monotonic one stands still while a machine is suspended, the other one may be set. */
export interface Stopwatch {
  /** Whether less time has passed; never, for one that was not started. */
  isBelow(ms: number): boolean;
  /** Milliseconds by the monotonic clock. */
  elapsed(): number;
}

export function createStopwatch(started: boolean): Stopwatch {
  const start = performance.now();
  const wall = Date.now();
  return {
    isBelow: (ms) => started && performance.now() - start < ms && Math.abs(Date.now() - wall) < ms,
    elapsed: () => performance.now() - start,
  };
}
