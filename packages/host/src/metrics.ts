import { readFile } from 'node:fs/promises';
import type { DriverCall } from '@outrigger/driver';

/** Upper bounds of the latency buckets, in ms; a last one without a bound follows. */
export const LATENCY_BOUNDS_MS: readonly number[] = [
  0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 10_000,
];

export interface ActionMetrics {
  readonly action: string;
  /** Calls by how they ended: `OK` or the code of the error. */
  readonly byCode: Readonly<Record<string, number>>;
  readonly count: number;
  readonly sumMs: number;
  /** Calls that took at most the bound of the same index; not cumulative. One more than there are bounds. */
  readonly buckets: readonly number[];
}

/** The counters of one driver since it was opened. */
export interface DriverMetricsSnapshot {
  readonly driver: string;
  readonly actions: readonly ActionMetrics[];
  readonly bytesRead: number;
  readonly bytesWritten: number;
  /** Calls that wait for their answer now. */
  readonly inFlight: number;
  /** Processes that took the place of another. */
  readonly restarts: number;
  /** Processes that were replaced and end what they have begun. */
  readonly draining: number;
  /** Reloads by how they ended. */
  readonly reloads: Readonly<Record<ReloadResult, number>>;
  /** Resident memory of the process in bytes; absent without a process, and where the system does not tell. */
  readonly rssBytes?: number | undefined;
}

/** `failed`: the process that ran goes on. */
export type ReloadResult = 'ok' | 'failed';

interface Counters {
  readonly byCode: Record<string, number>;
  readonly buckets: number[];
  count: number;
  sumMs: number;
}

/** Counts the calls of one driver. */
export class DriverMetrics {
  readonly #driver: string;
  readonly #actions = new Map<string, Counters>();
  readonly #reloads: Record<ReloadResult, number> = { ok: 0, failed: 0 };
  #inFlight = 0;
  #read = 0;
  #written = 0;

  constructor(driver: string) {
    this.#driver = driver;
  }

  observe({ action, durationMs, bytes = 0, error }: DriverCall): void {
    if (action === 'reader.close') this.#read += bytes;
    else if (action.startsWith('writer.')) this.#written += bytes;
    const counters = this.#countersOf(action);
    const code = error?.code ?? 'OK';
    const bucket = LATENCY_BOUNDS_MS.findIndex((bound) => durationMs <= bound);
    const index = bucket === -1 ? LATENCY_BOUNDS_MS.length : bucket;
    counters.byCode[code] = (counters.byCode[code] ?? 0) + 1;
    counters.buckets[index] = (counters.buckets[index] ?? 0) + 1;
    counters.count++;
    counters.sumMs += durationMs;
  }

  addBytes(direction: 'read' | 'written', bytes: number): void {
    if (direction === 'read') this.#read += bytes;
    else this.#written += bytes;
  }

  /** Counts a call as in flight while it runs. */
  async inFlight<T>(run: () => Promise<T>): Promise<T> {
    this.#inFlight++;
    try {
      return await run();
    } finally {
      this.#inFlight--;
    }
  }

  reloaded(result: ReloadResult): void {
    this.#reloads[result]++;
  }

  snapshot(
    process: Pick<DriverMetricsSnapshot, 'restarts' | 'draining' | 'rssBytes'>,
  ): DriverMetricsSnapshot {
    return {
      driver: this.#driver,
      actions: [...this.#actions].map(([action, { byCode, buckets, count, sumMs }]) => ({
        action,
        byCode: { ...byCode },
        buckets: [...buckets],
        count,
        sumMs,
      })),
      bytesRead: this.#read,
      bytesWritten: this.#written,
      inFlight: this.#inFlight,
      reloads: { ...this.#reloads },
      ...process,
    };
  }

  #countersOf(action: string): Counters {
    let counters = this.#actions.get(action);
    if (counters === undefined) {
      counters = { byCode: {}, buckets: LATENCY_BOUNDS_MS.map(() => 0).concat(0), count: 0, sumMs: 0 };
      this.#actions.set(action, counters);
    }
    return counters;
  }
}

/** Resident memory of a process. Linux only. */
export async function residentBytes(pid: number): Promise<number | undefined> {
  const status = await readFile(`/proc/${String(pid)}/status`, 'utf8').catch(() => '');
  const kilobytes = /^VmRSS:\s*(\d+) kB$/m.exec(status)?.[1];
  return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
}
