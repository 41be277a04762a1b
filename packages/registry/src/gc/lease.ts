import { randomUUID } from 'node:crypto';
import type { StorageDriver } from '@outrigger/driver';
import { deleteIfPresent } from '../layout/delete-if-present.js';
import { LEASE } from './paths.js';
import { pause } from './pause.js';
import { createStopwatch } from './stopwatch.js';
import { readText } from '../layout/read-text.js';

/** The right to sweep, or to scrub. One process of all that share a store has it. */
export interface Lease {
  /**
   * Whether this process may still act on it. It stops long before another one can take over, so that a delete that was
   * begun has time to end.
   */
  isHeld(): boolean;
  /**
   * Asks the store.
   *
   * @throws LeaseLostError
   */
  verify(): Promise<void>;
  /** Lets the next one begin at once. */
  release(): Promise<void>;
}

export class LeaseLostError extends Error {
  override readonly name = 'LeaseLostError';
  constructor() {
    super('another process works on this store now, or this one was too slow');
  }
}

export interface LeaseOptions {
  readonly driver: StorageDriver;
  /** Where it lies. Default: that of the garbage collection. */
  readonly path?: string | undefined;
  readonly refreshMs: number;
  readonly signal: AbortSignal;
}

/**
 * Waits until this process has the lease. An owner that does not renew it for a whole term, watched by this process' own
 * clock, has lost it: no two machines' clocks are ever compared.
 */
export async function acquireLease({
  driver,
  path = LEASE,
  refreshMs,
  signal,
}: LeaseOptions): Promise<Lease> {
  const term = termOf(refreshMs);
  const owner = randomUUID();
  let seen: string | undefined;
  let unchanged = createStopwatch(true);
  for (;;) {
    const current = await readText(driver, path);
    if (current !== undefined && current !== seen) {
      seen = current;
      unchanged = createStopwatch(true);
    } else if (current === undefined || unchanged.elapsed() >= term) {
      const lease = await tryOwn(driver, owner, { path, refreshMs, term, signal });
      if (lease !== undefined) return lease;
      seen = undefined;
    }
    await pause(refreshMs, signal);
  }
}

/** How long an owner may be silent. */
export function termOf(refreshMs: number): number {
  return Math.max(12 * refreshMs, MIN_TERM_MS);
}

const MIN_TERM_MS = 3000;

interface Ownership {
  readonly path: string;
  readonly refreshMs: number;
  readonly term: number;
  readonly signal: AbortSignal;
}

/** Of several that write at the same time, the last one is found by all. */
async function tryOwn(
  driver: StorageDriver,
  owner: string,
  { path, refreshMs, term, signal }: Ownership,
): Promise<Lease | undefined> {
  let renewed = createStopwatch(true);
  let count = 0;
  let isLost = false;
  const write = () => driver.put(path, Buffer.from(`${owner} ${String(++count)}`, 'latin1'));
  const isMine = async () => (await readText(driver, path))?.split(' ', 1)[0] === owner;
  const renew = async () => {
    const start = createStopwatch(true);
    if (!(await isMine())) throw new LeaseLostError();
    await write();
    renewed = start;
  };
  await write();
  await pause(refreshMs, signal);
  if (!(await isMine())) return undefined;
  const timer = setInterval(() => {
    renew().catch((error: unknown) => {
      // A store that does not answer costs the lease only when that lasts.
      if (error instanceof LeaseLostError) isLost = true;
    });
  }, term / 6).unref();
  return {
    isHeld: () => !isLost && renewed.isBelow(term / 2),
    async verify() {
      await renew();
    },
    async release() {
      clearInterval(timer);
      isLost = true;
      if (await isMine()) await deleteIfPresent(driver, path);
    },
  };
}
