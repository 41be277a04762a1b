import { expect, it } from 'vitest';
import { createReporter } from '../../src/index.js';
import { report } from '../results.js';

it('writes TAP 14: version, points, plan, with escaped descriptions', () => {
  const lines = report(createReporter('tap')).split('\n');
  expect(lines[0]).toBe('TAP version 14');
  expect(lines[1]).toBe('ok 1 - some <driver>: T1 first');
  expect(lines[2]).toBe('ok 2 - some <driver>: T2 second \\# of \\\\ all # SKIP not "here" <now>');
  expect(lines[3]).toBe("not ok 3 - some <driver>: T3 third's <tag>");
  expect(lines.slice(4, 9).map((line) => line.trim().split(':')[0])).toEqual([
    '---',
    'message',
    'promise',
    'see',
    '...',
  ]);
  expect(lines.slice(-3)).toEqual(['1..3', '# 1 passed, 1 failed, 1 skipped', '']);
});
