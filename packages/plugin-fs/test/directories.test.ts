import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { createDirectories } from '../src/directories.js';
import type { Disk } from '../src/disk.js';
import { createDisk } from '../src/disk.js';
import type { Root } from '../src/root.js';
import { openRoot } from '../src/root.js';
import { syncDirectory } from '../src/sync-directory.js';
import { temporaryDirectory } from './temporary-store.js';

vi.mock('../src/sync-directory.js');

/** On a file system that keeps no order of names. */
async function unorderedRoot(local: string): Promise<{ root: Root; disk: Disk }> {
  const disk = createDisk({ isLocal: false, ordersNames: false });
  return { root: { ...(await openRoot(local, false)), disk }, disk };
}

function synced(): string[] {
  return vi.mocked(syncDirectory).mock.calls.map(([, directory]) => directory);
}

test('a parent that somebody synced before the new directory was in it is synced again', async () => {
  const local = await temporaryDirectory();
  const { root, disk } = await unorderedRoot(local);
  const directories = createDirectories(root, true);
  const realMkdir = disk.mkdir.bind(disk);
  let attempts = 0;
  vi.spyOn(disk, 'mkdir').mockImplementationOnce(async (path, mode) => {
    // Another call commits below the same parent while this one is about to make its directory.
    await directories.sync(join(local, 'other'));
    return realMkdir(path, mode);
  });
  await directories.withParent(join(local, 'new', 'file'), () =>
    attempts++ === 0
      ? Promise.reject(Object.assign(new Error('absent'), { code: 'ENOENT' }))
      : Promise.resolve(),
  );
  vi.mocked(syncDirectory).mockClear();
  await directories.sync(join(local, 'new'));
  expect(synced()).toContain(local);
});

test('the parents of a directory that a killed process has left are synced, once', async () => {
  const local = await temporaryDirectory();
  const directories = createDirectories((await unorderedRoot(local)).root, true);
  const found = join(local, 'found/there');
  vi.mocked(syncDirectory).mockClear();
  await directories.sync(found);
  expect(synced().sort()).toEqual([local, join(local, 'found'), found]);
  vi.mocked(syncDirectory).mockClear();
  await directories.sync(found);
  expect(synced()).toEqual([found]);
});
