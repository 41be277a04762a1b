import { closeSync, constants, openSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import type { FileWriter } from '@outrigger/driver';
import type { Disk } from '../src/disk.js';
import { temporaryStore } from './temporary-store.js';

const STEP = 4 * 1024 * 1024;

afterEach(() => vi.restoreAllMocks());

const made = vi.hoisted(() => ({ disk: undefined as Disk | undefined }));

vi.mock('../src/disk.js', async (original) => {
  const real = await original<typeof import('../src/disk.js')>();
  const openDisk = (): Promise<Disk> => {
    made.disk = real.createDisk({ isLocal: true, ordersNames: false });
    return Promise.resolve(made.disk);
  };
  return { ...real, openDisk };
});

function theDisk(): Disk {
  if (made.disk === undefined) throw new Error('no driver was made');
  return made.disk;
}

/** Has so many bytes in the file, told of, without writing them one by one. */
async function acceptHole(writer: FileWriter, size: number): Promise<void> {
  const { local } = writer;
  if (local === undefined) throw new Error('there is no local file');
  const fd = openSync(local.localPath, constants.O_WRONLY);
  onTestFinished(() => {
    closeSync(fd);
  });
  await theDisk().truncate(fd, writer.size + size);
  await local.accept(size);
}

test('a durable writer has the disk at work after 4 MiB, one sync at a time', async () => {
  const { driver } = await temporaryStore();
  const { syncs, endSync } = heldSyncs();
  const writer = await driver.writer('/dir/file');
  await acceptHole(writer, STEP - 1);
  expect(syncs()).toBe(0);
  await acceptHole(writer, 1);
  expect(syncs()).toBe(1);
  await acceptHole(writer, 2 * STEP);
  expect(syncs()).toBe(1);
  endSync();
  await writer.commit();
});

test('a relaxed writer syncs nothing', async () => {
  const { driver } = await temporaryStore({ commit: 'relaxed' });
  const syncData = vi.spyOn(theDisk(), 'syncData');
  const writer = await driver.writer('/dir/file');
  await acceptHole(writer, 3 * STEP);
  await writer.commit();
  expect(syncData).not.toHaveBeenCalled();
});

test.each(['commit', 'close'] as const)(
  'a sync in the background that failed fails the %s, is not repeated, and leaves no bytes',
  async (end) => {
    const { root, driver } = await temporaryStore();
    const fault = Object.assign(new Error('EIO'), { code: 'EIO' });
    const syncData = vi.spyOn(theDisk(), 'syncData').mockRejectedValueOnce(fault);
    const sync = vi.spyOn(theDisk(), 'sync');
    const writer = await driver.writer('/dir/file');
    await acceptHole(writer, STEP);
    await expect(writer[end]()).rejects.toMatchObject({ code: 'UNAVAILABLE', retryable: true });
    expect(syncData).toHaveBeenCalledTimes(1);
    expect(sync).not.toHaveBeenCalled();
    expect(await readdir(join(root, 'dir'))).toEqual([]);
    await writer.cancel();
  },
);

test.each([
  ['truncate', 'commit'],
  ['truncate', 'close'],
  ['truncate', 'cancel'],
  ['isolated', 'commit'],
  ['isolated', 'close'],
  ['isolated', 'cancel'],
] as const)('%s, %s: the descriptor is never closed under a sync', async (mode, end) => {
  const { driver } = await temporaryStore();
  const { syncs, endSync } = heldSyncs();
  const close = vi.spyOn(theDisk(), 'close');
  const writer = await driver.writer('/dir/file', { mode });
  await acceptHole(writer, STEP);
  expect(syncs()).toBe(1);
  close.mockClear();
  const ending = writer[end]();
  for (let i = 0; i < 10; i++) await new Promise(setImmediate);
  expect(close).not.toHaveBeenCalled();
  endSync();
  await ending;
  expect(close).toHaveBeenCalled();
});

/** Syncs of content that last until the test ends them. */
function heldSyncs() {
  let endSync = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    endSync = resolve;
  });
  const syncData = vi.spyOn(theDisk(), 'syncData').mockReturnValue(held);
  return {
    syncs: () => syncData.mock.calls.length,
    endSync: () => {
      endSync();
    },
  };
}
