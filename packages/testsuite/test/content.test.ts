import { expect, it } from 'vitest';
import { createContent } from '../src/content.js';

it('is the same from every offset', () => {
  const content = createContent(5, 1000);
  const whole = content.bytes();
  expect(whole).toHaveLength(1000);
  for (const [from, to] of [
    [0, 1],
    [1, 2],
    [15, 17],
    [16, 32],
    [31, 999],
    [1000, 1000],
  ] as const) {
    expect(Buffer.compare(content.bytes(from, to), whole.subarray(from, to))).toBe(0);
  }
});

it('differs by seed, and goes on behind 4 GiB', () => {
  expect(createContent(1, 16).bytes()).not.toEqual(createContent(2, 16).bytes());
  const content = createContent(1, 2 ** 33);
  expect(content.bytes(2 ** 32 + 1, 2 ** 32 + 9)).toEqual(content.bytes(2 ** 32, 2 ** 32 + 9).subarray(1));
  expect(content.bytes(2 ** 32, 2 ** 32 + 16)).not.toEqual(content.bytes(0, 16));
});
