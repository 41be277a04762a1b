import type { CaseResult } from '../src/index.js';

const BASE = { suite: 'some <driver>', promise: 'It "holds" & lasts.', durationMs: 1234 };

/** One result of each kind, with everything in it that a format has to escape. */
export const RESULTS: readonly CaseResult[] = [
  { ...BASE, id: 'T1', name: 'first', status: 'passed' },
  { ...BASE, id: 'T2', name: 'second # of \\ all', status: 'skipped', reason: 'not "here" <now>' },
  {
    ...BASE,
    id: 'T3',
    name: "third's <tag>",
    status: 'failed',
    error: new Error(']]> & \u0000\u001b[31m "bad"\n<line>'),
  },
];

/** All that a reporter writes. */
export function report(reporter: { result(result: CaseResult): string; end(): string }): string {
  return RESULTS.map((result) => reporter.result(result)).join('') + reporter.end();
}
