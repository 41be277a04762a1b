import { expect, test } from 'vitest';
import { LIMITS } from '../../src/index.js';
import { fitPage } from '../../src/plugin/fit-page.js';

const pageOf = (count: number, pathLength: number) => ({
  entries: Array.from({ length: count }, () => ({
    path: `/${'a'.repeat(pathLength - 1)}`,
    isDir: false,
    size: 1,
  })),
});

test('a page of short paths is asked for once', async () => {
  const asked: unknown[] = [];
  const page = await fitPage(LIMITS, undefined, async (limit) => {
    asked.push(limit);
    return pageOf(1000, 100);
  });
  expect(page.entries).toHaveLength(1000);
  expect(asked).toEqual([1000]);
});

test.each([
  [undefined, 20, 20],
  [10, 20, 10],
  [30, 20, 20],
  [undefined, 5000, 1000],
])('asked for %s of at most %s entries, a page has %s', async (limit, pageEntries, expected) => {
  const page = await fitPage({ ...LIMITS, pageEntries }, limit, async (most) => pageOf(most, 10));
  expect(page.entries).toHaveLength(expected);
});

test('a page of the longest paths is halved until its message fits', async () => {
  const page = await fitPage(LIMITS, 1000, async (limit) => pageOf(limit, 1024));
  expect(page.entries).toHaveLength(500);
  expect(JSON.stringify(page).length).toBeLessThan(LIMITS.messageBytes);
});

test('a single entry is a page, whatever its size', async () => {
  const page = await fitPage({ ...LIMITS, messageBytes: 100 }, 8, async (limit) => pageOf(limit, 1024));
  expect(page.entries).toHaveLength(1);
});
