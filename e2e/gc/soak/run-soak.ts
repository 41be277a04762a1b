import { createRandom } from '../../harness/random.js';
import { createClient } from './client.js';
import type { Journal } from './journal.js';
import { createJournal, promised } from './journal.js';
import type { Manifest } from './pusher.js';
import { pullWhole, push } from './pusher.js';

export interface SoakOptions {
  /** Hosts that share a store; a pusher takes any of them for each request. */
  readonly origins: readonly string[];
  readonly graceMs: number;
  /** At least. */
  readonly durationMs: number;
  /** It goes on until then, but not for ever: a busy machine does less in the same time. Default: at once. */
  readonly isEnough?: (journal: Journal) => boolean;
  readonly seed: string;
  /** Untagged manifests are deleted, too: what is kept must then be tagged. */
  readonly deleteUntagged?: boolean;
}

export interface SoakResult {
  readonly journal: Journal;
  /** What was never deleted: all else is garbage in the end. */
  readonly kept: readonly Manifest[];
  /** Pulls all that is kept, when all hosts are there. */
  readonly audit: () => Promise<void>;
}

/** For so long more it waits for enough, in milliseconds. */
const EXTRA_MS = 120_000;
const PUSHERS = 10;
const SLOW_PUSHERS = 4;

/** Ten clients at work while garbage is collected. */
export async function runSoak(options: SoakOptions): Promise<SoakResult> {
  const { origins, graceMs, durationMs, seed, isEnough = () => true } = options;
  const journal = createJournal();
  const kept = new Map<string, Manifest>();
  const end = performance.now() + durationMs;
  const random = createRandom(seed);
  const client = createClient(origins, random, () => journal.busy++);
  const isOver = () =>
    journal.failures.length > 0 ||
    (performance.now() > end && (isEnough(journal) || performance.now() > end + EXTRA_MS));
  await Promise.all(
    Array.from({ length: PUSHERS }, (_, index) =>
      push({
        client,
        journal,
        graceMs,
        isOver,
        kept,
        leaves: options.deleteUntagged === true,
        random: createRandom(`${seed} ${String(index)}`),
        isSlow: index < SLOW_PUSHERS,
      }),
    ),
  );
  return {
    journal,
    kept: [...kept.values()],
    async audit() {
      for (const manifest of kept.values())
        await pullWhole({ client, journal }, manifest, promised(performance.now(), Infinity));
    },
  };
}
