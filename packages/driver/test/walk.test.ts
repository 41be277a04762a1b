import { describe, expect, test } from 'vitest';
import {
  type StorageDriver,
  type WalkVisitor,
  comparePaths,
  isBelow,
  pathNotFound,
  walk,
} from '../src/index.js';
import { MOD_TIME, fakeDriver, fakeTree } from './fake-driver.js';

/** Distribution's tree: `-` is before `/` in ASCII. */
const FILES = [
  '/file1',
  '/folder1/file1',
  '/folder1-suffix/file1',
  '/folder2/file1',
  '/folder3/subfolder1/subfolder1/file1',
  '/folder3/subfolder2/subfolder1/file1',
  '/folder4/file1',
];
const ALL = [
  '/file1',
  '/folder1',
  '/folder1/file1',
  '/folder1-suffix',
  '/folder1-suffix/file1',
  '/folder2',
  '/folder2/file1',
  '/folder3',
  '/folder3/subfolder1',
  '/folder3/subfolder1/subfolder1',
  '/folder3/subfolder1/subfolder1/file1',
  '/folder3/subfolder2',
  '/folder3/subfolder2/subfolder1',
  '/folder3/subfolder2/subfolder1/file1',
  '/folder4',
  '/folder4/file1',
];
const LATE = '/folder3/subfolder1/subfolder1/file1';
const rest = (first: string) => ALL.slice(ALL.indexOf(first));
const below = (directory: string) => ALL.filter((path) => isBelow(path, directory));

/** Distribution's table, and what it leaves out. */
const TABLE: readonly {
  name: string;
  from?: string;
  after?: string;
  visit?: WalkVisitor;
  expected: readonly string[];
}[] = [
  { name: 'all', expected: ALL },
  {
    name: 'a skipped directory',
    visit: ({ path }) => (path === '/folder1' ? 'skip' : undefined),
    expected: ALL.filter((path) => path !== '/folder1/file1'),
  },
  {
    name: 'two skipped directories in a row, and a file for which skip means nothing',
    visit: ({ path }) => (/^.(file1|folder1|folder1-suffix)$/.test(path) ? 'skip' : undefined),
    expected: ALL.filter((path) => !/^.folder1.*file1$/.test(path)),
  },
  { name: 'late, expecting the suffix', after: '/folder1/file1', expected: rest('/folder1-suffix') },
  { name: 'late', after: LATE, expected: rest('/folder3/subfolder2') },
  {
    name: 'late with from',
    from: '/folder3',
    after: LATE,
    expected: below('/folder3').filter((p) => comparePaths(p, LATE) > 0),
  },
  { name: 'after behind from', from: '/folder1', after: '/folder1-suffix', expected: [] },
  { name: 'after before from', from: '/folder1', after: '/file1', expected: ['/folder1/file1'] },
  { name: 'after is from', from: '/folder3', after: '/folder3', expected: below('/folder3') },
  { name: 'after a directory: its children come', after: '/folder4', expected: ['/folder4/file1'] },
  {
    name: 'after does not exist',
    from: '/folder3',
    after: '/folder3/notafolder/notafile',
    expected: below('/folder3'),
  },
  { name: 'after the last', after: '/folder4/file1', expected: [] },
  {
    name: 'stopped early',
    visit: ({ path }) => (path === '/folder1/file1' ? 'stop' : undefined),
    expected: ['/file1', '/folder1', '/folder1/file1'],
  },
  {
    name: 'stopped deep below',
    visit: ({ path }) => (path === LATE ? 'stop' : undefined),
    expected: ALL.slice(0, ALL.indexOf(LATE) + 1),
  },
  { name: 'from a directory', from: '/folder1', expected: ['/folder1/file1'] },
];

describe.each([
  ['the fallback', fakeTree(FILES)],
  ['a native walk', nativeWalk(ALL, 4)],
  ['a native walk of pages of one', nativeWalk(ALL, 1)],
])('%s', (_, driver) => {
  test.each(TABLE)('$name', async ({ from = '/', after, visit, expected }) => {
    const paths: string[] = [];
    const note: WalkVisitor = (info) => {
      paths.push(info.path);
      expect(info.isDir).toBe(!info.path.includes('file'));
      return visit?.(info);
    };
    await walk(driver, from, note, { startAfter: after });
    expect(paths).toEqual(expected);
  });

  test('an error of the visitor ends the walk and is passed on', async () => {
    const own = new Error('of the visitor');
    let visits = 0;
    const fail = () => {
      visits++;
      throw own;
    };
    await expect(walk(driver, '/', fail)).rejects.toBe(own);
    expect(visits).toBe(1);
  });

  test('a PATH_NOT_FOUND of the visitor is passed on too', async () => {
    const fail: WalkVisitor = ({ path }) => {
      if (path === '/folder1/file1') throw pathNotFound('/folder1');
      return undefined;
    };
    await expect(walk(driver, '/', fail)).rejects.toMatchObject({ path: '/folder1' });
  });
});

describe('the fallback', () => {
  test('of nothing is refused', async () => {
    await expect(walk(fakeTree(FILES), '/nothing', () => undefined)).rejects.toMatchObject({
      code: 'PATH_NOT_FOUND',
    });
  });

  test('an entry that vanishes between list and stat is left out', async () => {
    const driver = fakeTree(['/a', '/b', '/c']);
    const stat = (path: string) => {
      if (path === '/a') driver.remove('/b');
      return driver.stat(path);
    };
    expect(await pathsOf({ ...driver, stat })).toEqual(['/a', '/c']);
  });

  test('a directory that vanishes before it is entered is left out', async () => {
    const driver = fakeTree(['/a/x', '/b/x', '/c']);
    const remove: WalkVisitor = ({ path }) => {
      if (path === '/b') driver.remove('/b');
      return undefined;
    };
    expect(await pathsOf(driver, remove)).toEqual(['/a', '/a/x', '/b', '/c']);
  });

  test('a directory that vanishes between two of its pages is left out from there on', async () => {
    const driver = fakeTree(['/a/1', '/a/2', '/a/3', '/a/4', '/b']);
    const remove: WalkVisitor = ({ path }) => {
      if (path === '/a/3') driver.remove('/a');
      return undefined;
    };
    expect(await pathsOf(driver, remove)).toEqual(['/a', '/a/1', '/a/2', '/a/3', '/b']);
  });

  test('asks for no stat when the listing tells all', async () => {
    const list = async (path: string) => ({
      entries: path === '/' ? [{ path: '/f', size: 3, modTime: MOD_TIME, isDir: false }] : [],
    });
    expect(await pathsOf(fakeDriver({ list }))).toEqual(['/f']);
  });

  test('does not list what lies wholly before the start', async () => {
    const driver = fakeTree(FILES);
    await walk(driver, '/', () => undefined, { startAfter: '/folder3/subfolder2' });
    const listed = driver.calls.filter((call) => call.startsWith('list'));
    expect(listed).not.toContain('list /folder1');
    expect(listed).not.toContain('list /folder3/subfolder1');
    expect(listed).toContain('list /folder3');
  });

  test('an error of the driver ends the walk', async () => {
    const driver = fakeTree(FILES);
    const broken = { ...driver, stat: () => Promise.reject(new Error('broken')) };
    await expect(pathsOf(broken)).rejects.toThrow('broken');
  });
});

describe('a native walk', () => {
  test('ends at an empty page, whatever it says', async () => {
    const driver = fakeDriver({
      capabilities: { walk: true },
      walk: async () => ({ entries: [], done: false }),
    });
    expect(await pathsOf(driver)).toEqual([]);
  });

  test('asks for the children of a skipped directory no more', async () => {
    const asked: unknown[] = [];
    const native = nativeWalk(ALL, 2);
    const driver = fakeDriver({
      capabilities: { walk: true },
      walk: async (path, options) => {
        asked.push([options?.after, options?.skipChildren]);
        return (await native.walk?.(path, options)) ?? { entries: [], done: true };
      },
    });
    await walk(driver, '/', ({ path }) => (path === '/folder1' ? 'skip' : undefined));
    expect(asked[1]).toEqual(['/folder1', true]);
  });
});

async function pathsOf(driver: StorageDriver, visit?: WalkVisitor): Promise<string[]> {
  const paths: string[] = [];
  await walk(driver, '/', (info) => {
    paths.push(info.path);
    return visit?.(info);
  });
  return paths;
}

function nativeWalk(all: readonly string[], pageSize: number): StorageDriver {
  return fakeDriver({
    capabilities: { walk: true },
    walk: async (path, options = {}) => {
      const { after, skipChildren = false } = options;
      const isWanted = (each: string) =>
        isBelow(each, path) &&
        (after === undefined || comparePaths(each, after) > 0) &&
        !(skipChildren && after !== undefined && isBelow(each, after));
      const found = all.filter(isWanted);
      const entries = found
        .slice(0, pageSize)
        .map((each) => ({ path: each, size: 0, modTime: MOD_TIME, isDir: !each.includes('file') }));
      return { entries, done: found.length <= pageSize };
    },
  });
}
