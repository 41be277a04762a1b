import assert from 'node:assert/strict';
import {
  type ListEntry,
  MAX_PAGE_SIZE,
  type StorageDriver,
  compareNames,
  listAll,
  walk,
} from '@outrigger/driver';
import { absent, refused } from '../assertions.js';
import { type ConformanceCase, reopened } from '../case.js';

/** More than a page of ours, of S3 and of GCS. */
const COUNT = MAX_PAGE_SIZE + 50;

/** More pages than any listing here has. */
const MAX_TURNS = 100;

export const pagingCases: readonly ConformanceCase[] = [
  {
    id: 'T40.list',
    name: 'list: more than a page, whole, in order, and deleted in one call',
    promise: 'At most `limit` entries a page, default 1000; `delete` of a directory takes all below it.',
    timeoutMs: 300_000,
    async run({ driver, scratch }) {
      const top = scratch.directory();
      const names = Array.from({ length: COUNT }, (_, i) => `${top}/d/${String(i)}`).sort(compareNames);
      await putAll(driver, names);
      const first = await driver.list(`${top}/d`);
      assert.ok(
        first.entries.length <= MAX_PAGE_SIZE && first.cursor !== undefined,
        'the first page is not all',
      );
      assert.deepEqual(await pathsOf(listAll(driver, `${top}/d`)), names);
      const walked: string[] = [];
      await walk(driver, top, (info) => void walked.push(info.path));
      assert.deepEqual(walked, [`${top}/d`, ...names]);
      await driver.delete(`${top}/d`);
      for (const name of [names[0], names.at(-1)]) await absent(driver, name ?? '');
      await absent(driver, `${top}/d`);
    },
  },
  {
    id: 'T40.limit',
    name: 'list: pages of any size make up the whole',
    promise: '`limit`: at most so many entries, 1 to 1000.',
    async run({ driver, scratch }) {
      const top = scratch.directory();
      const names = Array.from(
        { length: 20 },
        (_, i) => `${top}/${String(i + 10)}${i % 3 === 0 ? '/below' : ''}`,
      );
      await putAll(driver, names);
      const expected = names.map((name) => name.replace('/below', ''));
      for (const limit of [1, 7, 20, 1000])
        assert.deepEqual(await pagedBy(driver, top, limit), expected, `limit ${String(limit)}`);
      for (const limit of [0, -1, 1.5, MAX_PAGE_SIZE + 1])
        await refused(driver, driver.list(top, { limit }), 'UNSUPPORTED');
    },
  },
  {
    id: 'T40.changes',
    name: 'list: changes between two pages hide and repeat nothing that stays',
    promise: 'What is present during the whole listing is seen exactly once.',
    async run({ driver, scratch }) {
      const top = scratch.directory();
      const stay = Array.from({ length: 10 }, (_, i) => `${top}/${String(i)}5`);
      await putAll(driver, [...stay, `${top}/20`]);
      const seen: ListEntry[] = [];
      let cursor: string | undefined;
      for (let turn = 0; ; turn++) {
        assert.ok(turn < MAX_TURNS, 'the listing ends, although entries are added where it has been');
        const page = await driver.list(top, { limit: 2, cursor });
        seen.push(...page.entries);
        if (page.cursor === undefined) break;
        cursor = page.cursor;
        if (turn === 1) await driver.delete(`${top}/20`);
        await putAll(driver, [`${top}/0${String(turn)}`]);
      }
      const paths = seen.map((entry) => entry.path);
      assert.deepEqual(paths, [...new Set(paths)].sort(compareNames), 'in order and nothing twice');
      for (const path of stay) assert.ok(paths.includes(path), `${path} was seen`);
    },
  },
  {
    id: 'T40.last-seen',
    name: 'list: goes on when the entry that a cursor stands on is deleted',
    promise: 'What is present during the whole listing is seen exactly once.',
    async run({ driver, scratch }) {
      const top = scratch.directory();
      await putAll(
        driver,
        ['a', 'b', 'c', 'd'].map((name) => `${top}/${name}`),
      );
      const page = await driver.list(top, { limit: 2 });
      await driver.delete(`${top}/b`);
      const rest = await driver.list(top, { limit: 2, cursor: page.cursor });
      assert.deepEqual(
        rest.entries.map((entry) => entry.path),
        [`${top}/c`, `${top}/d`],
      );
    },
  },
  {
    id: 'T40.cursor',
    name: 'list: a second instance takes the cursor of the first',
    promise: 'A cursor is self-contained: valid in another process and after a restart.',
    async run(context) {
      const { driver, scratch } = context;
      const top = scratch.directory();
      const names = ['a', 'b', 'c', 'd', 'e'].map((name) => `${top}/${name}`);
      await putAll(driver, names);
      const other = await reopened(context);
      const first = await driver.list(top, { limit: 2 });
      const second = await other.list(top, { limit: 2, cursor: first.cursor });
      const third = await driver.list(top, { limit: 2, cursor: second.cursor });
      assert.deepEqual(
        [first, second, third].flatMap((page) => page.entries.map((entry) => entry.path)),
        names,
      );
    },
  },
];

/** Sixteen at a time. */
async function putAll(driver: StorageDriver, paths: readonly string[]): Promise<void> {
  const rest = paths.values();
  const work = async () => {
    for (const path of rest) await driver.put(path, Buffer.from('x'));
  };
  await Promise.all(Array.from({ length: 16 }, work));
}

async function pagedBy(driver: StorageDriver, path: string, limit: number): Promise<string[]> {
  const paths: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await driver.list(path, { limit, cursor });
    assert.ok(page.entries.length <= limit, 'a page holds no more than asked for');
    paths.push(...page.entries.map((entry) => entry.path));
    assert.ok(paths.length < MAX_TURNS, 'the listing ends');
    cursor = page.cursor;
  } while (cursor !== undefined);
  return paths;
}

async function pathsOf(entries: AsyncIterable<ListEntry>): Promise<string[]> {
  const paths: string[] = [];
  for await (const entry of entries) paths.push(entry.path);
  return paths;
}
