import assert from 'node:assert/strict';
import { type StorageDriver, compareNames, listAll } from '@outrigger/driver';
import { refused } from '../assertions.js';
import type { ConformanceCase } from '../case.js';

const ORDER = ['-', '-a', '.a', '0', 'A', 'Z', '_', 'a', 'a-', 'a-b', 'a.', 'a0', 'aa', 'b'];

export const listCases: readonly ConformanceCase[] = [
  {
    id: 'T23',
    name: 'list: full paths of the direct children, of a directory of 50, of its parent and of the root',
    promise: '`list` answers the direct children of a directory.',
    async run({ driver, scratch }) {
      const top = scratch.directory();
      const parent = `${top}/${scratch.random.word(12)}`;
      const children = Array.from(
        { length: 50 },
        (_, i) => `${parent}/${scratch.random.word(8)}${String(i)}`,
      );
      for (const child of children) await driver.put(child, scratch.content(32).bytes());
      assert.deepEqual(await pathsIn(driver, '/'), [top]);
      assert.deepEqual(await pathsIn(driver, top), [parent]);
      assert.deepEqual(await pathsIn(driver, parent), children.sort(compareNames));
    },
  },
  {
    id: 'T23.absent',
    name: 'list: of nothing is refused',
    promise: '`list` rejects with PATH_NOT_FOUND when nothing is there.',
    async run({ driver, scratch }) {
      const path = scratch.path();
      await refused(driver, driver.list(path), 'PATH_NOT_FOUND', path);
      await driver.put(path, scratch.content(1).bytes());
      await refused(driver, driver.list(`${path}x`), 'PATH_NOT_FOUND', `${path}x`);
      const prefix = path.slice(0, -1);
      await refused(driver, driver.list(prefix), 'PATH_NOT_FOUND', prefix);
    },
  },
  {
    id: 'T23.order',
    name: 'list: names in byte order, files and directories mixed',
    promise: 'The entries are in ascending order of their names (byte order).',
    async run({ driver, scratch }) {
      const top = scratch.directory();
      for (const [i, name] of ORDER.entries()) {
        await driver.put(i % 2 === 0 ? `${top}/${name}` : `${top}/${name}/below`, scratch.content(8).bytes());
      }
      assert.deepEqual(
        await pathsIn(driver, top),
        ORDER.map((name) => `${top}/${name}`),
      );
    },
  },
  {
    id: 'T23.facts',
    name: 'list: what it tells of an entry is what stat tells',
    promise: 'Size and time are present when they cost the driver nothing.',
    async run({ driver, scratch }) {
      const top = scratch.directory();
      await driver.put(`${top}/file`, scratch.content(123).bytes());
      await driver.put(`${top}/directory/file`, scratch.content(5).bytes());
      for await (const entry of listAll(driver, top)) {
        const info = await driver.stat(entry.path);
        assert.equal(entry.isDir ?? info.isDir, info.isDir);
        if (info.isDir) continue;
        assert.equal(entry.size ?? info.size, info.size);
        assert.equal(entry.modTime?.getTime() ?? info.modTime.getTime(), info.modTime.getTime());
      }
    },
  },
];

async function pathsIn(driver: StorageDriver, path: string): Promise<string[]> {
  const paths: string[] = [];
  for await (const entry of listAll(driver, path)) paths.push(entry.path);
  return paths;
}
