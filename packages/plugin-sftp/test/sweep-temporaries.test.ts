import { expect, test } from 'vitest';
import type { NamedStats, Session } from '../src/session.js';
import { sweepTemporaries } from '../src/sweep-temporaries.js';

const DAY_MS = 24 * 3_600_000;
const UUID = '01234567-89ab-cdef-0123-456789abcdef';
const old = new Date(Date.now() - 2 * DAY_MS);
const absent = Object.assign(new Error('No such file'), { code: 2 });

function entry(name: string, kind: NamedStats['kind'], modTime = new Date()): NamedStats {
  return { name, kind, size: 1, modTime };
}

/** Directories by their paths; a file that is `lost` is gone when it is removed. */
function sessionOver(tree: Readonly<Record<string, readonly NamedStats[]>>, lost: readonly string[]) {
  const removed: string[] = [];
  const given = new Set<string>();
  const session: Partial<Session> = {
    opendir: (path) => (path in tree ? Promise.resolve(Buffer.from(path)) : Promise.reject(absent)),
    readdir: (handle) => {
      const path = handle.toString();
      if (given.has(path)) return Promise.resolve(undefined);
      given.add(path);
      return Promise.resolve(tree[path]);
    },
    close: () => Promise.resolve(),
    unlink: (path) =>
      lost.includes(path) ? Promise.reject(absent) : Promise.resolve(void removed.push(path)),
  };
  return { removed, session: session as Session };
}

test('temporary files of more than a day go; nothing else, nothing behind a link, and one that is gone holds nothing up', async () => {
  const tree = {
    '/srv': [
      entry(`first.${UUID}.tmp`, 'file', old),
      entry(`gone.${UUID}.tmp`, 'file', old),
      entry(`link.${UUID}.tmp`, 'other', old),
      entry('removed', 'directory', old),
      entry('blobs', 'directory', old),
      entry(`last.${UUID}.tmp`, 'file', old),
    ],
    '/srv/blobs': [
      entry(`data.${UUID}.tmp`, 'file', old),
      entry(`young.${UUID}.tmp`, 'file'),
      entry('data', 'file', old),
      entry('mine.tmp', 'file', old),
    ],
  };
  const { removed, session } = sessionOver(tree, [`/srv/gone.${UUID}.tmp`]);
  expect(await sweepTemporaries(session, '/srv', DAY_MS)).toBe(3);
  expect(removed).toEqual([`/srv/first.${UUID}.tmp`, `/srv/blobs/data.${UUID}.tmp`, `/srv/last.${UUID}.tmp`]);
});

test('it ends when it is told to', async () => {
  const { removed, session } = sessionOver({ '/srv': [entry(`a.${UUID}.tmp`, 'file', old)] }, []);
  await expect(sweepTemporaries(session, '/srv', DAY_MS, AbortSignal.abort())).rejects.toThrow();
  expect(removed).toEqual([]);
});
