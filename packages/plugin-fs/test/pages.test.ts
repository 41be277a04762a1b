import { mkdir, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileInfo, StorageDriver, WalkOptions } from '@outrigger/driver';
import { comparePaths, isBelow } from '@outrigger/driver';
import { expect, test } from 'vitest';
import { pathsIn, temporaryStore } from './temporary-store.js';

async function fill(root: string, files: readonly string[]): Promise<void> {
  for (const file of files) {
    await mkdir(join(root, file, '..'), { recursive: true });
    await writeFile(join(root, file), file);
  }
}

async function walkAll(driver: StorageDriver, path: string, options: WalkOptions): Promise<string[]> {
  const found: FileInfo[] = [];
  let { after, skipChildren } = options;
  for (;;) {
    const page = await driver.walk?.(path, { ...options, after, skipChildren });
    if (page === undefined) throw new Error('no walk');
    expect(page.entries.length).toBeLessThanOrEqual(options.limit ?? 1000);
    found.push(...page.entries);
    if (page.done) return found.map((info) => info.path);
    after = page.entries.at(-1)?.path;
    skipChildren = false;
  }
}

test('2,500 entries come in three pages, each once and in order', async () => {
  const { root, driver } = await temporaryStore();
  const names = Array.from({ length: 2500 }, (_, i) => `n${String(i)}`).sort();
  await fill(root, names);
  const sizes: number[] = [];
  let cursor: string | undefined;
  const found: string[] = [];
  do {
    const page = await driver.list('/', { cursor });
    sizes.push(page.entries.length);
    found.push(...page.entries.map((entry) => entry.path.slice(1)));
    cursor = page.cursor;
  } while (cursor !== undefined);
  expect(sizes).toEqual([1000, 1000, 500]);
  expect(found).toEqual(names);
  expect(await walkAll(driver, '/', {})).toEqual(names.map((name) => `/${name}`));
});

test('a big directory that is remembered shows what changes between two pages', async () => {
  const { root, driver } = await temporaryStore();
  await fill(
    root,
    Array.from({ length: 1200 }, (_, i) => `d/n${String(10_000 + i)}`),
  );
  // Only a directory that did not change lately is remembered, and its time of change cannot be set.
  const realNow = Date.now;
  Date.now = () => realNow() + 60_000;
  try {
    const { cursor } = await driver.list('/d', { limit: 1000 });
    await fill(root, ['d/n10999x']);
    await utimes(join(root, 'd'), 1, 1);
    const rest = await driver.list('/d', { cursor });
    expect(rest.entries).toHaveLength(201);
    expect(rest.entries[0]?.path).toBe('/d/n10999x');
    expect(await pathsIn(driver, '/d')).toHaveLength(1201);
  } finally {
    Date.now = realNow;
  }
});

const FILES = ['a/a/1', 'a/a/2', 'a/b', 'a-b', 'a.c/x', 'b', 'c/d/e/f', 'c/d/e-f', 'c/g', 'ca/z'];

async function allPaths(root: string): Promise<string[]> {
  const names = await readdir(root, { recursive: true });
  return names.map((name) => `/${name}`).sort(comparePaths);
}

test.each([1, 2, 3, 1000])(
  'a walk in pages of %i goes on after every path, and after none',
  async (limit) => {
    const { root, driver } = await temporaryStore();
    await fill(root, FILES);
    const all = await allPaths(root);
    expect(await walkAll(driver, '/', { limit })).toEqual(all);
    const hints = [...all, '/', '/0', '/a/a/10', '/a/zz', '/a/a/1/x', '/c/d/e/zz/y', '/nosuch/x', '/zz'];
    for (const after of hints) {
      const behind = all.filter((path) => comparePaths(path, after) > 0);
      expect(await walkAll(driver, '/', { after, limit })).toEqual(behind);
      const outside = behind.filter((path) => !isBelow(path, after));
      expect(await walkAll(driver, '/', { after, skipChildren: true, limit })).toEqual(outside);
    }
  },
);

test.each(['/a', '/c/d', '/c'])('a walk of %s goes on after every path of the store', async (from) => {
  const { root, driver } = await temporaryStore();
  await fill(root, FILES);
  const all = await allPaths(root);
  for (const after of all) {
    for (const skipChildren of [false, true]) {
      const expected = all.filter(
        (path) =>
          isBelow(path, from) && comparePaths(path, after) > 0 && !(skipChildren && isBelow(path, after)),
      );
      expect(await walkAll(driver, from, { after, skipChildren, limit: 2 })).toEqual(expected);
    }
  }
});

test('a walk tells sizes and times as stat does', async () => {
  const { root, driver } = await temporaryStore();
  await fill(root, FILES);
  const page = await driver.walk?.('/');
  for (const info of page?.entries ?? []) expect(info).toEqual(await driver.stat(info.path));
});

test('a directory that vanishes between two pages is left out', async () => {
  const { root, driver } = await temporaryStore();
  await fill(root, FILES);
  const page = await driver.walk?.('/', { limit: 2 });
  expect(page?.entries.map((info) => info.path)).toEqual(['/a', '/a/a']);
  await driver.delete('/a');
  const next = await driver.walk?.('/', { limit: 2, after: '/a/a' });
  expect(next?.entries.map((info) => info.path)).toEqual(['/a-b', '/a.c']);
});

test('the root can be listed after somebody removed it', async () => {
  const { root, driver } = await temporaryStore();
  await rm(root, { recursive: true });
  expect(await driver.list('/')).toEqual({ entries: [] });
  await driver.put('/a', new Uint8Array(1));
  expect((await driver.list('/')).entries).toEqual([{ path: '/a', isDir: false }]);
});
