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
  const page = await fitPage(LIMITS.messageBytes, undefined, async (limit) => {
    asked.push(limit);
    return pageOf(1000, 100);
  });
  expect(page.entries).toHaveLength(1000);
  expect(asked).toEqual([undefined]);
});

test('a page of the longest paths is halved until its message fits', async () => {
  const page = await fitPage(LIMITS.messageBytes, 1000, async (limit) => pageOf(limit ?? 1000, 1024));
  expect(page.entries).toHaveLength(500);
  expect(JSON.stringify(page).length).toBeLessThan(LIMITS.messageBytes);
});

test('a single entry is a page, whatever its size', async () => {
  const page = await fitPage(100, undefined, async (limit) => pageOf(limit ?? 8, 1024));
  expect(page.entries).toHaveLength(1);
});
