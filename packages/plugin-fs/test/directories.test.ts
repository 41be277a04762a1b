import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { createDirectories } from '../src/directories.js';
import { openRoot } from '../src/root.js';
import { syncDirectory } from '../src/sync-directory.js';
import { temporaryDirectory } from './temporary-store.js';

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>();
  return { ...real, mkdir: vi.fn(real.mkdir) };
});
vi.mock('../src/sync-directory.js');

test('a parent that somebody synced before the new directory was in it is synced again', async () => {
  const local = await temporaryDirectory();
  const root = await openRoot(local, false);
  const directories = createDirectories(root, true);
  const realMkdir = vi.mocked(mkdir).getMockImplementation();
  let attempts = 0;
  vi.mocked(mkdir).mockImplementationOnce(async (path, options) => {
    // Another call commits below the same parent while this one is about to make its directory.
    await directories.sync(join(local, 'other'));
    return realMkdir?.(path, options);
  });
  await directories.withParent(join(local, 'new', 'file'), () =>
    attempts++ === 0
      ? Promise.reject(Object.assign(new Error('absent'), { code: 'ENOENT' }))
      : Promise.resolve(),
  );
  vi.mocked(syncDirectory).mockClear();
  await directories.sync(join(local, 'new'));
  expect(vi.mocked(syncDirectory).mock.calls.flat()).toContain(local);
});

test('the parents of a directory that a killed process has left are synced, once', async () => {
  const local = await temporaryDirectory();
  const directories = createDirectories(await openRoot(local, false), true);
  const found = join(local, 'found/there');
  vi.mocked(syncDirectory).mockClear();
  await directories.sync(found);
  const synced = vi.mocked(syncDirectory).mock.calls.flat();
  expect(synced.sort()).toEqual([local, join(local, 'found'), found]);
  vi.mocked(syncDirectory).mockClear();
  await directories.sync(found);
  expect(vi.mocked(syncDirectory).mock.calls.flat()).toEqual([found]);
});
