/** Every wait of the host, in ms. */
export interface Timings {
  /** From the start of a driver to the end of its handshake. */
  readonly startMs: number;
  /** For `--describe`. */
  readonly describeMs: number;
  /** A call waits so long for a driver that starts again. */
  readonly waitMs: number;
  /** Silence of a driver that owes an answer before it is pinged. */
  readonly silenceMs: number;
  /** Silence of a driver that owes nothing before it is pinged. */
  readonly idleMs: number;
  /** A ping has to be answered within this time. */
  readonly pingMs: number;
  /** How often liveness is looked at. */
  readonly checkMs: number;
  /** Output that was written before an exit is read for so long afterwards. */
  readonly drainMs: number;
  /** A call whose process was lost waits so long for the news of how it ended. */
  readonly newsMs: number;
  /** First and longest pause before a restart. */
  readonly backoffMs: number;
  readonly maxBackoffMs: number;
  /** Orderly stop: for the answer to `shutdown`, for the exit after the end of stdin, for the exit after SIGTERM. */
  readonly shutdownMs: number;
  readonly endMs: number;
  readonly termMs: number;
  /** A replaced process may finish its open readers and writers for so long; then they go on with the new one. */
  readonly replaceMs: number;
  /** What is left of them then, such as writers that cannot be gone on with, has this time more. */
  readonly leaveMs: number;
}

export const TIMINGS: Timings = {
  startMs: 10_000,
  describeMs: 5_000,
  waitMs: 15_000,
  silenceMs: 5_000,
  idleMs: 8_000,
  pingMs: 5_000,
  checkMs: 500,
  drainMs: 250,
  newsMs: 1_000,
  backoffMs: 100,
  maxBackoffMs: 10_000,
  shutdownMs: 5_000,
  endMs: 2_000,
  termMs: 2_000,
  replaceMs: 600_000,
  leaveMs: 30_000,
};
