/** When the next attempt may be made, as Distribution's (docker/go-events, retry.go): at once until the threshold is reached. */
export interface Breaker {
  /** Milliseconds to wait from `now`; 0: none. */
  delay(now: number): number;
  readonly isFailing: boolean;
  succeeded(): void;
  /** @returns failures in a row */
  failed(now: number): number;
}

export function createBreaker(threshold: number, backoffMs: number): Breaker {
  let failures = 0;
  let last = 0;
  return {
    delay: (now) => (failures < threshold ? 0 : Math.max(0, last + backoffMs - now)),
    get isFailing() {
      return failures > 0;
    },
    succeeded() {
      failures = 0;
    },
    failed(now) {
      last = now;
      return ++failures;
    },
  };
}
