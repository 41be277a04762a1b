import { expect, test } from 'vitest';
import type { Session, Stats } from '../src/session.js';
import { createTimes } from '../src/times.js';

/** Files by their times, in seconds. */
function sessionOver(files: Map<string, number>): Session {
  const toStats = (seconds: number): Stats => ({ kind: 'file', size: 5, modTime: new Date(seconds * 1000) });
  const some: Partial<Session> = {
    lstat: (path) => {
      const seconds = files.get(path);
      return seconds === undefined
        ? Promise.reject(Object.assign(new Error('No such file'), { code: 2 }))
        : Promise.resolve(toStats(seconds));
    },
    setTime: (path, seconds) => Promise.resolve(void files.set(path, seconds)),
    rename: (from, to) => {
      files.set(to, files.get(from) ?? 0);
      files.delete(from);
      return Promise.resolve();
    },
  };
  return some as Session;
}

async function placeAll(files: Map<string, number>, names: readonly string[]): Promise<number[]> {
  const times = createTimes();
  const session = sessionOver(files);
  const seen: number[] = [];
  const place = async (name: string) =>
    times.place(session, name, '/to', async () => {
      await session.rename(name, '/to');
      seen.push(files.get('/to') ?? 0);
    });
  await Promise.all(names.map(place));
  return seen;
}

test('contents that replace each other within a second differ in time, also those placed at once', async () => {
  const files = new Map([
    ['/to', 100],
    ['/a', 100],
    ['/b', 100],
    ['/c', 99],
  ]);
  expect(await placeAll(files, ['/a', '/b', '/c'])).toEqual([101, 102, 103]);
});

test('a time that is later anyway stays', async () => {
  const files = new Map([
    ['/to', 100],
    ['/a', 107],
  ]);
  expect(await placeAll(files, ['/a'])).toEqual([107]);
});

test('what was deleted, and what is written over where it lies, counts', async () => {
  const files = new Map([['/x', 100]]);
  const session = sessionOver(files);
  const times = createTimes();
  times.note('/x', await session.lstat('/x'));
  await times.settle(session, '/x');
  expect(files.get('/x')).toBe(101);
  await times.settle(session, '/y');
});

test('a file that is gone is told of as the server does', async () => {
  await expect(placeAll(new Map(), ['/a'])).rejects.toMatchObject({ code: 2 });
});
