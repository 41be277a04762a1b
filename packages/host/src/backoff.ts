import type { Timings } from './timings.js';

/** After so many failures in a row the breaker opens: calls fail at once instead of waiting. */
const BREAKER_FAILURES = 5;
/** A driver that keeps failing is started at most so often per minute. */
const STARTS_PER_MINUTE = 12;
const MINUTE_MS = 60_000;

export interface Clock {
  /** In ms, never going back. */
  now(): number;
  /** 0 to 1. */
  random(): number;
}

/**
 * When to start a driver again: after a random pause below a bound that doubles with every failure (full jitter, so that
 * the hosts of one store do not come back in step). A process that answered something ends the series of failures.
 */
export class Backoff {
  readonly #timings: Pick<Timings, 'backoffMs' | 'maxBackoffMs'>;
  readonly #clock: Clock;
  #failures = 0;
  #starts: number[] = [];

  constructor(timings: Pick<Timings, 'backoffMs' | 'maxBackoffMs'>, clock: Clock) {
    this.#timings = timings;
    this.#clock = clock;
  }

  /** Whether calls should fail at once. */
  get isOpen(): boolean {
    return this.#failures >= BREAKER_FAILURES;
  }

  started(): void {
    this.#starts = [...this.#recentStarts(), this.#clock.now()];
  }

  /** A process that answered something has ended. */
  ended(): void {
    this.#failures = 0;
    this.#starts = [];
  }

  /** A process did not start, or ended before it answered anything. */
  failed(): void {
    this.#failures++;
  }

  /** Pause before the next start, in ms. */
  nextDelay(): number {
    const { backoffMs, maxBackoffMs } = this.#timings;
    const bound = Math.min(maxBackoffMs, backoffMs * 2 ** Math.max(0, this.#failures - 1));
    const starts = this.#recentStarts();
    const oldest = starts[starts.length - STARTS_PER_MINUTE];
    const untilAllowed = oldest === undefined ? 0 : oldest + MINUTE_MS - this.#clock.now();
    return Math.max(this.#clock.random() * bound, untilAllowed);
  }

  #recentStarts(): number[] {
    const since = this.#clock.now() - MINUTE_MS;
    return this.#starts.filter((at) => at > since);
  }
}
