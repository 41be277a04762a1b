import type { CaseResult, TestedDriver } from '../src/index.js';

const BASE = {
  suite: 'some <driver>',
  promise: 'It "holds" & lasts.',
  levels: ['core'] as const,
  durationMs: 1234,
};

export const DRIVER: TestedDriver = {
  name: 'some',
  version: '1.0.0',
  dataPlanes: ['inline', 'socket'],
  capabilities: ['walk'],
  testedPlanes: ['inline'],
};

/** A result of each kind, with everything in it that a format has to escape, and one of another level. */
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
  { ...BASE, id: 'T37.all', name: 'fourth', levels: ['walk'], status: 'passed' },
];

/** All that a reporter writes of the first three. */
export function report(reporter: { result(result: CaseResult): string; end(): string }): string {
  return (
    RESULTS.slice(0, 3)
      .map((result) => reporter.result(result))
      .join('') + reporter.end()
  );
}
