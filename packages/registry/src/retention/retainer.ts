import { readText } from '../layout/read-text.js';
import { LeaseLostError, acquireLease } from '../gc/lease.js';
import { pause } from '../gc/pause.js';
import { ClockSkewError, readStoreClock } from '../gc/store-clock.js';
import type { Store } from '../store.js';
import type { Deleted } from './apply.js';
import type { PassOptions, RetentionPass } from './pass.js';
import { runRetention } from './pass.js';
import { CLOCK, LAST_PASS, LEASE } from './paths.js';
import type { DailyWindow } from './window.js';
import { openingAt } from './window.js';

/** How the running registry applies its policies. Times in milliseconds. */
export interface RetainerOptions extends Pick<
  PassOptions,
  'policies' | 'delayMs' | 'dryRun' | 'deletesPerSecond' | 'isChosen'
> {
  /** Between the starts of two passes, of all replicas together. */
  readonly intervalMs: number;
  /** Nothing is deleted outside of it. Undefined: at any time. */
  readonly window?: DailyWindow | undefined;
  /** Told of every pass that came to its end. */
  readonly onPass?: ((pass: RetentionPass) => void) | undefined;
}

export interface RetainerParts {
  readonly store: Store;
  /** Told of everything that is gone. */
  readonly onDeleted: (what: Deleted) => void;
}

export interface Retainer {
  /** Resolves when nothing of it is at the driver any more. */
  close(): Promise<void>;
}

/** Passes, for as long as the registry runs. Of all replicas one at a time is at it. */
export function startRetainer(options: RetainerOptions, parts: RetainerParts): Retainer {
  const controller = new AbortController();
  const { signal } = controller;
  const { log } = parts.store;
  const running = run(options, parts, signal).catch((error: unknown) => {
    if (!signal.aborted) log.error({ err: error }, 'retention: it has ended');
  });
  return {
    async close() {
      controller.abort();
      await running;
    },
  };
}

const LONGEST_REFRESH_MS = 5000;
const SHORTEST_REFRESH_MS = 100;
const RETRY_MS = 60_000;

async function run(options: RetainerOptions, parts: RetainerParts, signal: AbortSignal): Promise<void> {
  const { intervalMs } = options;
  const { driver, log, presence } = parts.store;
  const isClosed = () => signal.aborted;
  while (!isClosed()) {
    let window: AbortSignal | undefined;
    try {
      await presence.joining;
      const last = (await findLastPass(driver))?.getTime() ?? -Infinity;
      const { opens, closes } = nextOpening(options, last, Date.now());
      await pause(Math.max(0, opens - Date.now()), signal);
      // A timer cannot wait for longer than some weeks.
      if (Date.now() < opens) continue;
      window = closes === Infinity ? signal : AbortSignal.timeout(Math.max(0, closes - Date.now()));
      await passWithLease(options, parts, AbortSignal.any([signal, window]));
    } catch (error) {
      if (isClosed()) return;
      if (window?.aborted === true)
        log.info({}, 'retention: the window has closed, the rest is for the next one');
      else if (error instanceof LeaseLostError) log.info({}, `retention: ${error.message}`);
      else if (error instanceof ClockSkewError) log.error({}, `retention: ${error.message}`);
      else log.error({ err: error }, 'retention: nothing more is deleted for now');
      await pause(Math.min(intervalMs, RETRY_MS), signal);
    }
  }
}

/** When the next pass may begin, and until when it has time. A pass that begins a little late does not push the next one out of its window. */
function nextOpening(
  { intervalMs, window }: RetainerOptions,
  last: number,
  now: number,
): { readonly opens: number; readonly closes: number } {
  if (window === undefined) return { opens: Math.max(now, last + intervalMs), closes: Infinity };
  const { opens, closes } = openingAt(window, Math.max(now, last + 0.9 * intervalMs));
  return { opens: Math.max(opens, now), closes };
}

async function passWithLease(
  options: RetainerOptions,
  { store, onDeleted }: RetainerParts,
  signal: AbortSignal,
): Promise<void> {
  const { driver, log } = store;
  const { intervalMs, onPass, dryRun } = options;
  const refreshMs = Math.max(SHORTEST_REFRESH_MS, Math.min(intervalMs / 10, LONGEST_REFRESH_MS));
  const lease = await acquireLease({ driver, path: LEASE, refreshMs, signal });
  try {
    const clock = await readStoreClock(driver, CLOCK);
    const last = await findLastPass(driver);
    const start = clock.now();
    // Whoever had the lease before has done it.
    if (last !== undefined && start.getTime() - last.getTime() < 0.9 * intervalMs) {
      log.info({ last: last.toISOString() }, 'retention: another registry has applied the policies');
      return;
    }
    const pass = await runRetention({
      ...options,
      store,
      signal,
      forgetsOthers: !dryRun,
      now: () => clock.now().getTime(),
      checkLease: () => {
        if (!lease.isHeld()) throw new LeaseLostError();
      },
      listener: {
        deleted: onDeleted,
        failed: (repository, error) => {
          log.error({ err: error, repository }, 'retention: the repository stays as it is for now');
        },
      },
    });
    await driver.put(LAST_PASS, Buffer.from(start.toISOString(), 'latin1'));
    log.info({ ...pass }, describe(pass, dryRun));
    onPass?.(pass);
  } finally {
    await lease.release().catch((error: unknown) => {
      log.debug({ err: error }, 'the lease of the retention runs out by itself');
    });
  }
}

/** When the last pass that came to its end began, whoever did it; undefined when none has. */
async function findLastPass(driver: Store['driver']): Promise<Date | undefined> {
  const time = Date.parse((await readText(driver, LAST_PASS)) ?? '');
  return Number.isNaN(time) ? undefined : new Date(time);
}

function describe({ tags, manifests }: RetentionPass, dryRun: boolean): string {
  if (dryRun)
    return `retention, dry run: ${String(tags.going)} tags and ${String(manifests.going)} manifests would be deleted`;
  return `retention: ${String(tags.deleted)} tags and ${String(manifests.deleted)} manifests deleted`;
}
