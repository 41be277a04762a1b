import type { StorageDriver } from '@outrigger/driver';
import type { Digest } from '../reference/digest.js';
import type { Logger } from '../logger.js';
import { LeaseLostError, acquireLease, termOf } from './lease.js';
import { createDistributionGarbage } from '../layout/distribution/garbage/garbage-source.js';
import type { GarbageSource } from './garbage-source.js';
import type { Gate } from './gate.js';
import { pause } from './pause.js';
import { createStopwatch } from './stopwatch.js';
import { ClockSkewError } from './store-clock.js';
import type { Pass } from './sweep.js';
import { sweep } from './sweep.js';

/** How the running registry collects garbage. Times in milliseconds. */
export interface SweeperOptions {
  readonly driver: StorageDriver;
  readonly log: Logger;
  /** What may be deleted. Default: that of a store in Distribution's layout. */
  readonly garbage?: GarbageSource | undefined;
  /** That of this process. */
  readonly gate: Gate;
  /** Between the starts of two passes. */
  readonly intervalMs: number;
  /** How long what was acknowledged lives at least. */
  readonly graceMs: number;
  /** The gates' own, in all replicas. */
  readonly refreshMs: number;
  readonly deleteUntagged: boolean;
  /** Looks, tells, and deletes nothing. */
  readonly dryRun: boolean;
  /** Content that was deleted, for caches that the gates do not reach. */
  readonly onDeleted?: ((digest: Digest) => void) | undefined;
  /** Told of every pass that came to its end. */
  readonly onPass?: ((pass: Pass) => void) | undefined;
}

export interface Sweeper {
  /** Resolves when nothing of it is at the driver any more. */
  close(): Promise<void>;
}

/** Passes, one after the other, for as long as this process has the lease of the store. */
export function startSweeper(options: SweeperOptions): Sweeper {
  const controller = new AbortController();
  const { signal } = controller;
  const running = run(options, signal).catch((error: unknown) => {
    if (!signal.aborted) options.log.error({ err: error }, 'the garbage collection has ended');
  });
  return {
    async close() {
      controller.abort();
      await running;
    },
  };
}

const LONGEST_RETRY_MS = 60_000;

async function run(options: SweeperOptions, signal: AbortSignal): Promise<void> {
  const { log, intervalMs, refreshMs } = options;
  const retryMs = Math.min(Math.max(intervalMs, refreshMs), termOf(refreshMs), LONGEST_RETRY_MS);
  const isClosed = () => signal.aborted;
  while (!isClosed()) {
    try {
      await sweepWithLease(options, signal);
    } catch (error) {
      if (isClosed()) return;
      if (error instanceof LeaseLostError) log.info({}, `garbage collection: ${error.message}`);
      else if (error instanceof ClockSkewError) log.error({}, `garbage collection: ${error.message}`);
      else log.error({ err: error }, 'garbage collection: nothing more is deleted for now');
      await pause(retryMs, signal);
    }
  }
}

async function sweepWithLease(options: SweeperOptions, signal: AbortSignal): Promise<void> {
  const { driver, log, intervalMs, refreshMs, onPass } = options;
  const garbage = options.garbage ?? createDistributionGarbage(driver);
  const lease = await acquireLease({ driver, refreshMs, signal });
  try {
    for (;;) {
      const start = createStopwatch(true);
      const pass = await sweep({ ...options, garbage, lease, signal });
      const level = pass.candidates > 0 ? 'info' : 'debug';
      log[level]({ ...pass, seconds: Math.round(start.elapsed() / 1000) }, describe(options, pass));
      onPass?.(pass);
      await pause(Math.max(0, intervalMs - start.elapsed()), signal);
      await lease.verify();
    }
  } finally {
    await lease.release().catch((error: unknown) => {
      log.debug({ err: error }, 'the lease of the garbage collection runs out by itself');
    });
  }
}

function describe({ dryRun }: SweeperOptions, { candidates, blobs, manifests, bytes }: Pass): string {
  if (dryRun) return `garbage collection, dry run: ${String(candidates)} would be condemned`;
  return `garbage collection: ${String(blobs)} blobs of ${String(bytes)} bytes and ${String(manifests)} manifests deleted`;
}
