import { it } from 'vitest';
import type { ConformanceCase } from '../case.js';
import { DEFAULT_CASE_TIMEOUT_MS, LeftoversError, type Prepare, runCase } from '../run.js';

/** The runner's own limit only ends what even the clean-up could not. */
const GRACE_MS = DEFAULT_CASE_TIMEOUT_MS + 10_000;

/** Registers each case as a test of its own. After a case that left objects behind, the rest is skipped. */
export function registerCases<Context>(
  cases: readonly ConformanceCase<Context>[],
  suite: string,
  prepare: () => Prepare<Context>,
): void {
  let aborted: string | undefined;
  for (const each of cases) {
    const timeout = (each.timeoutMs ?? DEFAULT_CASE_TIMEOUT_MS) + GRACE_MS;
    it(`${each.id} ${each.name}`, { timeout }, async (test) => {
      if (aborted !== undefined) test.skip(aborted);
      const { status, reason, error } = await runCase(each, prepare(), suite);
      if (error instanceof LeftoversError)
        aborted = `the suite was aborted after ${each.id}: ${error.message}`;
      if (status === 'skipped') test.skip(reason);
      if (error !== undefined) throw error;
    });
  }
}
