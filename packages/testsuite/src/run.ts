import { CaseSkipped, type ConformanceCase, type Plane } from './case.js';
import { type LevelName, levelsOf } from './level-names.js';

/** How one case ended. */
export interface CaseResult {
  /** What was tested: a driver, and where it matters the data plane. */
  readonly suite: string;
  readonly id: string;
  readonly name: string;
  readonly promise: string;
  /** What it counts for. */
  readonly levels: readonly LevelName[];
  readonly status: 'passed' | 'failed' | 'skipped';
  /** Why it was skipped. */
  readonly reason?: string;
  readonly error?: Error;
  readonly durationMs: number;
}

/** What a case needs before it runs, and what has to be done after it however it ended. */
export interface Prepared<Context> {
  readonly context: Context;
  /** How to have the same again, or what was said last; added to the message of a failure. */
  readonly note?: () => string | undefined;
  readonly finish: () => Promise<void>;
}

/** Makes the context of a case. May throw `CaseSkipped`. The signal is aborted when the time is over. */
export type Prepare<Context> = (
  test: ConformanceCase<Context>,
  signal: AbortSignal,
) => Promise<Prepared<Context>>;

/** Objects are left in the store after a case: whatever follows would be wrong too, so the suite ends. */
export class LeftoversError extends Error {
  override readonly name = 'LeftoversError';
  readonly leftovers: readonly string[];

  constructor(leftovers: readonly string[], cause?: unknown) {
    super(`the store is not empty: ${leftovers.join(', ')}`, cause === undefined ? {} : { cause });
    this.leftovers = leftovers;
  }
}

/** Far more than a case takes: a busy machine is no fault of a driver. */
export const DEFAULT_CASE_TIMEOUT_MS = 120_000;

/**
 * Runs the cases one after the other and gives each result when it is there. Never throws.
 *
 * @param plane - the data plane that the contract runs over; absent in this process, and for the protocol
 */
export async function* runCases<Context>(
  cases: readonly ConformanceCase<Context>[],
  prepare: Prepare<Context>,
  suite: string,
  plane?: Plane,
): AsyncGenerator<CaseResult> {
  let aborted: string | undefined;
  for (const test of cases) {
    const result: CaseResult =
      aborted === undefined
        ? await runCase(test, prepare, suite, plane)
        : { ...describe(test, suite, plane), status: 'skipped', reason: aborted, durationMs: 0 };
    if (result.error instanceof LeftoversError)
      aborted = `the suite was aborted after ${test.id}: ${result.error.message}`;
    yield result;
  }
}

/** Runs one case, within its time. Never throws. */
export async function runCase<Context>(
  test: ConformanceCase<Context>,
  prepare: Prepare<Context>,
  suite: string,
  plane?: Plane,
): Promise<CaseResult> {
  const start = performance.now();
  const end = (
    status: CaseResult['status'],
    more: Pick<CaseResult, 'reason' | 'error'> = {},
  ): CaseResult => ({
    ...describe(test, suite, plane),
    status,
    ...more,
    durationMs: performance.now() - start,
  });
  try {
    await attempt(test, prepare);
    return end('passed');
  } catch (error) {
    if (error instanceof CaseSkipped) return end('skipped', { reason: error.message });
    return end('failed', { error: asError(error) });
  }
}

async function attempt<Context>(test: ConformanceCase<Context>, prepare: Prepare<Context>): Promise<void> {
  const time = deadline(test.timeoutMs ?? DEFAULT_CASE_TIMEOUT_MS);
  try {
    const { context, note, finish } = await time.limit(prepare(test, time.signal));
    const failure = await caught(time.limit(test.run(context)));
    await settle(finish, failure, note?.());
  } finally {
    time.clear();
  }
}

/** Cleans up. What the case itself found wrong comes first, but leftovers outrank it, because they end the suite. */
async function settle(
  finish: () => Promise<void>,
  failure: Error | undefined,
  note: string | undefined,
): Promise<void> {
  const time = deadline(DEFAULT_CASE_TIMEOUT_MS);
  const mess = await caught(time.limit(finish()));
  time.clear();
  const error =
    mess instanceof LeftoversError && failure !== undefined
      ? new LeftoversError(mess.leftovers, failure)
      : (failure ?? mess);
  if (error === undefined) return;
  if (note !== undefined && !(error instanceof CaseSkipped)) error.message += ` [${note}]`;
  throw error;
}

async function caught(work: Promise<void>): Promise<Error | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    return asError(error);
  }
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(`thrown: ${String(thrown)}`);
}

function deadline(ms: number): {
  signal: AbortSignal;
  limit<T>(work: Promise<T>): Promise<T>;
  clear(): void;
} {
  const controller = new AbortController();
  const late = new Error(`not done within ${String(ms)} ms`);
  const timer = setTimeout(() => controller.abort(late), ms);
  const over = new Promise<never>((_, reject) => {
    controller.signal.addEventListener('abort', () => reject(late), { once: true });
  });
  over.catch(() => undefined);
  return {
    signal: controller.signal,
    limit: (work) => Promise.race([work, over]),
    clear: () => clearTimeout(timer),
  };
}

function describe<Context>(
  test: ConformanceCase<Context>,
  suite: string,
  plane: Plane | undefined,
): Pick<CaseResult, 'suite' | 'id' | 'name' | 'promise' | 'levels'> {
  return { suite, id: test.id, name: test.name, promise: test.promise, levels: levelsOf(test, plane) };
}
