import { expect, test } from 'vitest';
import { createBudget } from '../src/budget.js';
import { createDirectories } from '../src/directories.js';
import { createExplain } from '../src/explain.js';
import { createDirectoryReader } from '../src/read-directory.js';
import { createRoot } from '../src/root.js';
import type { Session, Stats } from '../src/session.js';
import { requireSpace } from '../src/space.js';
import type { Store } from '../src/store.js';
import { createTimes } from '../src/times.js';

const root = createRoot('/srv/registry/');
const store: Store = {
  root,
  durable: true,
  directories: createDirectories(root, true),
  entries: createDirectoryReader(),
  readAhead: createBudget(0),
  times: createTimes(),
};
const explain = createExplain(store);

/** A server that answers this failure and no more, as all do for most errors of their systems. */
const failure = (message = 'Failure') => Object.assign(new Error(message), { code: 4 });

function sessionOf(kinds: Readonly<Record<string, Stats['kind']>>, free: number): Session {
  const stat = (path: string) => {
    const kind = kinds[path];
    return kind === undefined
      ? Promise.reject(Object.assign(new Error('No such file'), { code: 2 }))
      : Promise.resolve({ kind, size: 0, modTime: new Date(0) });
  };
  const extensions = { rename: true, fsync: true, statvfs: true, copyData: true };
  return { stat, extensions, freeSpace: () => Promise.resolve(free) } as Partial<Session> as Session;
}

test.each([
  ['a full store', {}, 1000, failure(), 'QUOTA_EXCEEDED'],
  ['a server that says it', {}, Infinity, failure('Disk quota exceeded'), 'QUOTA_EXCEEDED'],
  ['a directory at the place', { '/srv/registry/a/b': 'directory' }, Infinity, failure(), 'INVALID_PATH'],
  ['a file above it', { '/srv/registry/a': 'file' }, Infinity, failure(), 'INVALID_PATH'],
  ['none of these', { '/srv/registry/a': 'directory' }, Infinity, failure(), 'UNAVAILABLE'],
] as const)('a write that fails: %s', async (_why, kinds, free, error, code) => {
  expect(await explain(sessionOf(kinds, free), error, '/a/b')).toMatchObject({ code, path: '/a/b' });
});

test('what has no room is refused before anything is made', async () => {
  const session = sessionOf({}, 100 * 1024 * 1024);
  await expect(requireSpace(store, session, 101 * 1024 * 1024)).rejects.toThrow('no space left');
  await requireSpace(store, session, 99 * 1024 * 1024);
});

test.each([
  ['/srv/registry/', '/srv/registry', '/srv/registry/a'],
  ['/', '/', '/a'],
  ['registry', 'registry', 'registry/a'],
  ['./registry//x/../', 'registry', 'registry/a'],
])('the root directory %s', (directory, path, below) => {
  const found = createRoot(directory);
  expect([found.path, found.local('/'), found.local('/a')]).toEqual([path, path, below]);
});
