import assert from 'node:assert/strict';
import { type FileInfo, type StorageDriver, type WalkVisitor, walk } from '@outrigger/driver';
import { refused } from '../assertions.js';
import type { ConformanceCase } from '../case.js';
import { TREE_PATHS, isTreeDirectory, plantTree, treeFrom } from '../tree.js';

const LAST_OF_SUBFOLDER1 = '/folder3/subfolder1/subfolder1/file1';

interface Row {
  readonly id: string;
  readonly name: string;
  readonly promise: string;
  /** Below the top of the tree. */
  readonly from?: string;
  readonly after?: string;
  readonly visit?: (path: string) => ReturnType<WalkVisitor>;
  readonly expected: readonly string[];
}

const ORDER =
  'Depth first, names in byte order, as if `/` were the smallest character, directories before their children.';
const AFTER = 'Only entries behind `startAfter` in walk order are visited.';

/** Distribution's table. */
const TABLE: readonly Row[] = [
  { id: 'all', name: 'everything in order', promise: ORDER, expected: TREE_PATHS },
  {
    id: 'skip',
    name: 'a directory is skipped',
    promise: '`skip` does not enter this directory.',
    visit: (path) => (path === '/folder1' ? 'skip' : undefined),
    expected: TREE_PATHS.filter((path) => path !== '/folder1/file1'),
  },
  {
    id: 'late-suffix',
    name: 'starts after the last child, expecting the directory with a suffix',
    promise: AFTER,
    after: '/folder1/file1',
    expected: treeFrom('/folder1-suffix'),
  },
  {
    id: 'late',
    name: 'starts late',
    promise: AFTER,
    after: LAST_OF_SUBFOLDER1,
    expected: treeFrom('/folder3/subfolder2'),
  },
  {
    id: 'late-from',
    name: 'starts late, below a directory',
    promise: AFTER,
    from: '/folder3',
    after: LAST_OF_SUBFOLDER1,
    expected: treeFrom('/folder3/subfolder2', '/folder3/'),
  },
  {
    id: 'before',
    name: 'starts after what is before the directory: all that is in it',
    promise: AFTER,
    from: '/folder3',
    after: '/folder1',
    expected: treeFrom('/folder3/subfolder1', '/folder3/'),
  },
  {
    id: 'behind',
    name: 'starts behind the directory: nothing is left',
    promise: AFTER,
    from: '/folder1',
    after: '/folder1-suffix',
    expected: [],
  },
  {
    id: 'same',
    name: 'starts after the directory itself: all its children',
    promise: AFTER,
    from: '/folder3',
    after: '/folder3',
    expected: treeFrom('/folder3/subfolder1', '/folder3/'),
  },
  {
    id: 'unknown',
    name: 'starts after a path that does not exist',
    promise: AFTER,
    from: '/folder3',
    after: '/folder3/notafolder/notafile',
    expected: treeFrom('/folder3/subfolder1', '/folder3/'),
  },
  {
    id: 'stop',
    name: 'stops early',
    promise: '`stop` ends the walk without an error.',
    visit: (path) => (path === '/folder1/file1' ? 'stop' : undefined),
    expected: ['/file1', '/folder1', '/folder1/file1'],
  },
  {
    id: 'folder',
    name: 'from a directory',
    promise: '`from` itself is left out.',
    from: '/folder1',
    expected: ['/folder1/file1'],
  },
];

export const walkCases: readonly ConformanceCase[] = [
  ...TABLE.map(rowCase),
  {
    id: 'T37.error',
    name: 'walk: an error of the visitor ends it',
    promise: 'An error of the visitor ends the walk and is passed on.',
    async run({ driver, scratch }) {
      const top = await plantTree(driver, scratch);
      const seen: string[] = [];
      const own = new Error('of the visitor');
      const visit = (info: FileInfo) => {
        seen.push(info.path);
        throw own;
      };
      await assert.rejects(walk(driver, top, visit), (error) => error === own);
      assert.deepEqual(seen, [`${top}/file1`]);
    },
  },
  {
    id: 'T37.removed',
    name: 'walk: what vanishes on the way is left out',
    promise: 'An entry that vanishes between its listing and its stat is left out.',
    async run({ driver, scratch }) {
      const top = await plantTree(driver, scratch);
      const seen: string[] = [];
      await walk(driver, top, async ({ path }) => {
        seen.push(path.slice(top.length));
        if (path === `${top}/folder1`) await driver.delete(`${top}/folder1`);
        if (path === `${top}/folder2`) await driver.delete(`${top}/folder3/subfolder1`);
      });
      const mayBeGone = (path: string) => path === '/folder1/file1' || path.startsWith('/folder3/subfolder1');
      assert.deepEqual(
        seen.filter((path) => !mayBeGone(path)),
        TREE_PATHS.filter((path) => !mayBeGone(path)),
      );
    },
  },
  {
    id: 'T37.absent',
    name: 'walk: from nothing is refused',
    promise: 'PATH_NOT_FOUND when `from` is absent.',
    async run({ driver, scratch }) {
      const path = scratch.path();
      await refused(
        driver,
        walk(driver, path, () => undefined),
        'PATH_NOT_FOUND',
        path,
      );
    },
  },
  {
    id: 'T37.facts',
    name: 'walk: what it tells of an entry is what stat tells',
    promise: '`walk` tells the path, size, time and kind of every entry.',
    async run({ driver, scratch }) {
      const top = await plantTree(driver, scratch);
      const infos: FileInfo[] = [];
      await walk(driver, top, (info) => void infos.push(info));
      for (const info of infos) {
        const { size, isDir, modTime } = await driver.stat(info.path);
        assert.deepEqual([info.size, info.isDir], [size, isDir], info.path);
        if (!isDir) assert.equal(info.modTime.getTime(), modTime.getTime(), info.path);
      }
    },
  },
  {
    id: 'T37.root',
    name: 'walk: from the root',
    promise: '`/` is a path for `stat`, `list` and `walk` only.',
    async run({ driver, scratch }) {
      const top = await plantTree(driver, scratch);
      assert.deepEqual(await walked(driver, '/'), [top, ...TREE_PATHS.map((path) => top + path)]);
    },
  },
  {
    id: 'T37.pages',
    name: 'walk: pages of any size make up the whole',
    promise: '`walk` answers one page of everything below `path`; an empty page is always the last.',
    requires: ['walk'],
    async run({ driver, scratch }) {
      const top = await plantTree(driver, scratch);
      for (const limit of [1, 3, TREE_PATHS.length, 1000]) {
        assert.deepEqual(await pagedPaths(driver, top, limit), TREE_PATHS, `pages of ${String(limit)}`);
      }
    },
  },
  {
    id: 'T37.skip-children',
    name: 'walk: a page behind a directory without its children',
    promise: 'With `after` and `skipChildren`: the children of `after` are left out too.',
    requires: ['walk'],
    async run({ driver, scratch }) {
      const top = await plantTree(driver, scratch);
      const page = await driver.walk?.(top, { after: `${top}/folder3`, skipChildren: true });
      assert.ok(page !== undefined);
      assert.deepEqual(
        page.entries.map((info) => info.path.slice(top.length)),
        treeFrom('/folder4'),
      );
      assert.equal(page.done, true);
    },
  },
  {
    id: 'T37.undeclared',
    name: 'walk: refused by a driver that does not declare it',
    promise: 'What is not declared is never used.',
    async run({ driver }) {
      if (driver.capabilities.walk === true) return;
      await refused(driver, driver.walk?.('/') ?? Promise.resolve(), 'UNSUPPORTED');
    },
  },
];

/** Each row through `walk()` as a caller uses it, and for a driver with a native walk through the fallback besides. */
function rowCase(row: Row): ConformanceCase {
  return {
    id: `T37.${row.id}`,
    name: `walk: ${row.name}`,
    promise: row.promise,
    async run({ driver, scratch }) {
      const top = await plantTree(driver, scratch);
      const withoutWalk = { ...driver, capabilities: { ...driver.capabilities, walk: false } };
      for (const each of driver.capabilities.walk === true ? [driver, withoutWalk] : [driver]) {
        const startAfter = row.after === undefined ? undefined : top + row.after;
        const paths = await walked(each, top + (row.from ?? ''), startAfter, ({ path, isDir }) => {
          const inTree = path.slice(top.length);
          assert.equal(isDir, isTreeDirectory(inTree), `isDir of ${inTree}`);
          return row.visit?.(inTree);
        });
        assert.deepEqual(
          paths.map((path) => path.slice(top.length)),
          row.expected,
        );
      }
    },
  };
}

async function walked(
  driver: StorageDriver,
  from: string,
  startAfter?: string,
  visit?: WalkVisitor,
): Promise<string[]> {
  const paths: string[] = [];
  const note: WalkVisitor = (info) => {
    paths.push(info.path);
    return visit?.(info);
  };
  await walk(driver, from, note, { startAfter });
  return paths;
}

async function pagedPaths(driver: StorageDriver, top: string, limit: number): Promise<string[]> {
  const paths: string[] = [];
  let after: string | undefined;
  for (;;) {
    const page = await driver.walk?.(top, { after, limit });
    assert.ok(page !== undefined && page.entries.length <= limit, 'a page holds no more than asked for');
    paths.push(...page.entries.map((info) => info.path.slice(top.length)));
    if (page.done) return paths;
    assert.ok(page.entries.length > 0, 'an empty page is always the last');
    after = page.entries.at(-1)?.path;
  }
}
