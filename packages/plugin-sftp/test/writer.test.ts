import { expect, test } from 'vitest';
import { createBudget } from '../src/budget.js';
import { createDirectories } from '../src/directories.js';
import { createExplain } from '../src/explain.js';
import { createDirectoryReader } from '../src/read-directory.js';
import { createRoot } from '../src/root.js';
import type { Session } from '../src/session.js';
import type { Store } from '../src/store.js';
import { createTimes } from '../src/times.js';
import { openWriter } from '../src/writer.js';

const root = createRoot('/srv');
const store: Store = {
  root,
  durable: true,
  directories: createDirectories(root, true),
  entries: createDirectoryReader(),
  times: createTimes(),
  readAhead: createBudget(0),
};

/** What a server that has room for so many bytes is asked to do, and answers: SFTP has one status for all. */
function serverWith({ room, fsync = () => Promise.resolve() }: { room: number; fsync?: Session['fsync'] }) {
  const done: string[] = [];
  const failure = Object.assign(new Error('Failure'), { code: 4 });
  const absent = Object.assign(new Error('No such file'), { code: 2 });
  const note = (what: string) => Promise.resolve(void done.push(what));
  const server: Partial<Session> = {
    extensions: { rename: true, fsync: true, statvfs: false, copyData: true },
    pieceSize: 10,
    hold: () => () => undefined,
    lstat: () => Promise.reject(absent),
    stat: () => Promise.reject(absent),
    open: () => Promise.resolve(Buffer.from('handle')),
    write: (_handle, from, position) =>
      position + from.length > room ? Promise.reject(failure) : Promise.resolve(),
    truncate: (_handle, size) => note(`truncate ${String(size)}`),
    fsync,
    close: () => note('close'),
    unlink: (path) => note(`unlink ${path}`),
  };
  return { done, session: server as Session };
}

async function writerOn(session: Session, mode: 'truncate' | 'isolated' = 'truncate') {
  return openWriter(store, session, '/upload', { mode }, createExplain(store));
}

test('pieces that fail behind the answer to a write: the close says it, and what is before them stays', async () => {
  const { done, session } = serverWith({ room: 25 });
  const writer = await writerOn(session);
  await writer.write(Buffer.alloc(35));
  await expect(writer.close()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  expect(done).toEqual(['truncate 20', 'close']);
  expect(writer.size).toBe(20);
});

test('a write that failed: what is before it is kept by a close', async () => {
  const { done, session } = serverWith({ room: 25 });
  const writer = await writerOn(session);
  await writer.write(Buffer.alloc(35));
  // So that the failure is known.
  await new Promise(setImmediate);
  await expect(writer.write(Buffer.alloc(1))).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  expect(writer.size).toBe(20);
  await writer.write(Buffer.alloc(5));
  await writer.close();
  expect(writer.size).toBe(25);
  expect(done[0]).toBe('truncate 20');
  expect(done.filter((each) => each.startsWith('unlink'))).toEqual([]);
});

test('an isolated writer that fails leaves nothing', async () => {
  const { done, session } = serverWith({ room: 25 });
  const writer = await writerOn(session, 'isolated');
  await writer.write(Buffer.alloc(35));
  await expect(writer.commit()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  expect(done).toEqual(['close', expect.stringMatching(/^unlink \/srv\/upload\..*\.tmp$/)]);
});

test('a sync that fails takes the content with it, and gives the handle back once', async () => {
  const fsync = () => Promise.reject(Object.assign(new Error('Failure'), { code: 4 }));
  const { done, session } = serverWith({ room: 100, fsync });
  const writer = await writerOn(session);
  await writer.write(Buffer.alloc(35));
  await expect(writer.commit()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  expect(done).toEqual(['close', 'unlink /srv/upload']);
});
