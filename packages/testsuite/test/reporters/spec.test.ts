import { expect, it } from 'vitest';
import { createReporter, summarizeLevels } from '../../src/index.js';
import { DRIVER, RESULTS, report } from '../results.js';

it('writes a line a case and closes with the counts', () => {
  const text = report(createReporter('spec'));
  expect(text).toMatch(
    /^some <driver>\n {2}ok {3}T1 +first \(1\.2 s\)\n {2}skip T2 .* - not "here" <now>\n {2}FAIL T3 /,
  );
  expect(text.endsWith('\n1 passed, 1 failed, 1 skipped\n')).toBe(true);
});

it('says of a failure what was promised, where the document says so, and what went wrong, without a stack', () => {
  const text = report(createReporter('spec'));
  expect(text).toContain('promise: It "holds" & lasts.\n       see:     docs/protocol/operations.md#paths\n');
  expect(text).toContain('"bad"');
  expect(text).not.toContain('results.ts');
});

it('says which levels were reached', () => {
  const text = createReporter('spec').end(summarizeLevels(RESULTS, DRIVER));
  expect(text).toContain('levels\n  core             failed 1 of 2: T3\n  socket           untested\n');
  expect(text).toContain('  walk             reached, 1 cases\n');
});

it('closes with zeros when nothing ran', () => {
  expect(createReporter('spec').end()).toBe('\n0 passed, 0 failed, 0 skipped\n');
});
