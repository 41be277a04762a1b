import { expect, it } from 'vitest';
import { createReporter } from '../../src/index.js';
import { report } from '../results.js';

it('writes a line a case and closes with the counts', () => {
  const text = report(createReporter('spec'));
  expect(text).toMatch(
    /^some <driver>\n {2}ok {3}T1 +first \(1\.2 s\)\n {2}skip T2 .* - not "here" <now>\n {2}FAIL T3 /,
  );
  expect(text).toContain('promise: It "holds" & lasts.');
  expect(text.endsWith('\n1 passed, 1 failed, 1 skipped\n')).toBe(true);
});

it('closes with zeros when nothing ran', () => {
  expect(createReporter('spec').end()).toBe('\n0 passed, 0 failed, 0 skipped\n');
});
