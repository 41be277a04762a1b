import { expect, it } from 'vitest';
import { parseDuration } from '../src/parse-duration.js';

it.each([
  ['0', 0],
  ['100ms', 100],
  ['1.5s', 1500],
  ['1h2m3s', 3_723_000],
  ['1us', 0.001],
  ['', undefined],
  ['5', undefined],
  ['5 s', undefined],
  ['-1s', undefined],
  ['1d', undefined],
])('%s is %s ms', (text, milliseconds) => {
  expect(parseDuration(text)).toBe(milliseconds);
});
