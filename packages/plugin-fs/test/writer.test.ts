import { execFileSync } from 'node:child_process';
import { chmod, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkDriver, isStorageError } from '@outrigger/driver';
import type { StorageDriver } from '@outrigger/driver';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import type { Disk } from '../src/disk.js';
import { filesystem } from '../src/index.js';
import { bytes, temporaryDirectory, temporaryStore, text } from './temporary-store.js';

afterEach(() => vi.restoreAllMocks());

/** The disk of the driver that was made last, for faults that no real one gives on demand. */
const made = vi.hoisted(() => ({ disk: undefined as Disk | undefined, ordersNames: false }));

vi.mock('../src/disk.js', async (original) => {
  const real = await original<typeof import('../src/disk.js')>();
  const openDisk = (): Promise<Disk> => {
    made.disk = real.createDisk({ isLocal: true, ordersNames: made.ordersNames });
    return Promise.resolve(made.disk);
  };
  return { ...real, openDisk };
});

function theDisk(): Disk {
  if (made.disk === undefined) throw new Error('no driver was made');
  return made.disk;
}

function failNextSync(code: string): void {
  vi.spyOn(theDisk(), 'sync').mockRejectedValueOnce(Object.assign(new Error(code), { code }));
}

const UNAVAILABLE = expect.objectContaining({ code: 'UNAVAILABLE', retryable: true }) as unknown;

test('an upload lies in place, as Distribution has it, and another instance continues it', async () => {
  const { root, driver } = await temporaryStore();
  const writer = await driver.writer('/up/1/data');
  await writer.write(bytes('hello '));
  await writer.close();
  expect(await readFile(join(root, 'up/1/data'), 'utf8')).toBe('hello ');
  const second = checkDriver(await filesystem.create({ rootdirectory: root }));
  const appender = await second.writer('/up/1/data', { mode: 'append' });
  expect(appender.size).toBe(6);
  await appender.write(bytes('world'));
  await appender.commit();
  expect(text(await driver.get('/up/1/data'))).toBe('hello world');
});

test('put leaves no temporary file, also below a name of the greatest length', async () => {
  const { root, driver } = await temporaryStore();
  const name = 'n'.repeat(255);
  await driver.put(`/${name}`, bytes('x'));
  await (await driver.writer(`/${name}`, { mode: 'isolated' })).commit();
  expect(await readdir(root)).toEqual([name]);
  await expect(driver.put(`/${name}n`, bytes('x'))).rejects.toMatchObject({ code: 'INVALID_PATH' });
});

test.each(['put', 'isolated'] as const)(
  '%s onto a directory or below a file fails without a trace',
  async (how) => {
    const { root, driver } = await temporaryStore();
    await driver.put('/dir/file', bytes('x'));
    const write = async (path: string) => {
      if (how === 'put') return driver.put(path, bytes('y'));
      const writer = await driver.writer(path, { mode: 'isolated' });
      return writer.commit();
    };
    await expect(write('/dir')).rejects.toMatchObject({ code: 'INVALID_PATH' });
    await expect(write('/dir/file/below')).rejects.toMatchObject({ code: 'INVALID_PATH' });
    expect((await readdir(root, { recursive: true })).sort()).toEqual(['dir', 'dir/file']);
  },
);

test('an isolated writer that is closed or cancelled leaves nothing', async () => {
  const { root, driver } = await temporaryStore();
  for (const end of ['close', 'cancel'] as const) {
    const writer = await driver.writer('/dir/file', { mode: 'isolated' });
    await writer.write(bytes('x'));
    await writer[end]();
  }
  expect(await readdir(join(root, 'dir'))).toEqual([]);
});

test.each(['put', 'isolated', 'truncate', 'close'] as const)(
  'after an fsync that failed, %s drops the bytes and never claims success',
  async (how) => {
    const { root, driver } = await temporaryStore();
    await driver.put('/dir/old', bytes('old'));
    failNextSync('EIO');
    if (how === 'put') {
      await expect(driver.put('/dir/old', bytes('new'))).rejects.toEqual(UNAVAILABLE);
    } else {
      const writer = await driver.writer('/dir/new', { mode: how === 'isolated' ? 'isolated' : 'truncate' });
      await writer.write(bytes('new'));
      const end = () => (how === 'close' ? writer.close() : writer.commit());
      await expect(end()).rejects.toEqual(UNAVAILABLE);
      await expect(end()).rejects.toMatchObject({ code: 'ALREADY_CLOSED' });
      await writer.cancel();
    }
    expect(await readdir(join(root, 'dir'))).toEqual(['old']);
    expect(text(await driver.get('/dir/old'))).toBe('old');
  },
);

test('a chunk that was not accepted is not found by an append', async () => {
  const { driver } = await temporaryStore();
  const writer = await driver.writer('/data');
  await writer.write(bytes('accepted'));
  const disk = theDisk();
  const real = disk.write.bind(disk);
  const half = vi.spyOn(disk, 'write');
  half.mockImplementationOnce((fd, chunk, offset, length, position) =>
    real(fd, chunk, offset, length >> 1, position),
  );
  half.mockRejectedValueOnce(Object.assign(new Error('full'), { code: 'ENOSPC' }));
  await expect(writer.write(bytes('refused'))).rejects.toMatchObject({
    code: 'QUOTA_EXCEEDED',
    retryable: false,
  });
  expect(writer.size).toBe(8);
  await writer.write(bytes('!'));
  await writer.close();
  expect((await driver.writer('/data', { mode: 'append' })).size).toBe(9);
  expect(text(await driver.get('/data'))).toBe('accepted!');
});

test('cancel in place removes the file', async () => {
  const { root, driver } = await temporaryStore();
  const writer = await driver.writer('/dir/file');
  await writer.write(bytes('x'));
  await writer.cancel();
  expect(await readdir(join(root, 'dir'))).toEqual([]);
});

test('relaxed syncs nothing, durable syncs file, directory and new parents', async () => {
  const relaxed = await temporaryStore({ commit: 'relaxed' });
  const never = vi.spyOn(theDisk(), 'sync');
  await relaxed.driver.put('/a/b/c', bytes('x'));
  await relaxed.driver.move('/a/b/c', '/d/e');
  const writer = await relaxed.driver.writer('/f/g');
  await writer.commit();
  await relaxed.driver.delete('/d');
  expect(never).toHaveBeenCalledTimes(0);

  const { driver } = await temporaryStore();
  const sync = vi.spyOn(theDisk(), 'sync');
  await driver.put('/a/b/c', bytes('x'));
  // The file, /a/b, and for their new names /a and the root.
  expect(sync).toHaveBeenCalledTimes(4);
  sync.mockClear();
  await driver.put('/a/b/c', bytes('y'));
  expect(sync).toHaveBeenCalledTimes(2);
  sync.mockClear();
  await driver.delete('/a/b/c');
  expect(sync).toHaveBeenCalledTimes(1);
});

test('a journal that keeps the order of names needs no sync of the parents', async () => {
  made.ordersNames = true;
  onTestFinished(() => void (made.ordersNames = false));
  const { driver } = await temporaryStore();
  const sync = vi.spyOn(theDisk(), 'sync');
  await driver.put('/a/b/c', bytes('x'));
  // The file, and after its rename the directory: with it all that was made before.
  expect(sync).toHaveBeenCalledTimes(2);
});

test('a parent that another call made and did not sync is synced by whoever commits below it', async () => {
  const { driver } = await temporaryStore();
  const open = await driver.writer('/a/b/first');
  const sync = vi.spyOn(theDisk(), 'sync');
  await driver.put('/a/b/second', bytes('x'));
  expect(sync).toHaveBeenCalledTimes(4);
  await driver.move('/a', '/z');
  sync.mockClear();
  await driver.put('/z/b/third', bytes('x'));
  expect(sync).toHaveBeenCalledTimes(2);
  await open.close();
});

test('what the directories know moves with them', async () => {
  const { driver } = await temporaryStore();
  await driver.put('/a/file', bytes('x'));
  const open = await driver.writer('/a/b/c/first');
  await driver.move('/a', '/z');
  const sync = vi.spyOn(theDisk(), 'sync');
  await driver.put('/z/b/c/second', bytes('x'));
  // The file, /z/b/c, and for names that nobody synced yet /z and /z/b.
  expect(sync).toHaveBeenCalledTimes(4);
  await open.close().catch(() => undefined);
});

test('puts and deletes of the same directory do not disturb each other', async () => {
  const { driver } = await temporaryStore({ commit: 'relaxed' });
  const rounds = Array.from({ length: 100 }, (_, i) => i);
  const outcomes = await Promise.allSettled(
    rounds.flatMap((i) => [
      driver.put(`/a/b/c${String(i % 3)}/f`, bytes(String(i))),
      driver.delete('/a').catch((error: unknown) => {
        if (!isStorageError(error, 'PATH_NOT_FOUND')) throw error;
      }),
    ]),
  );
  const failures = outcomes
    .filter((outcome) => outcome.status === 'rejected')
    .map(({ reason }) => reason as unknown);
  expect(failures).toEqual([]);
});

test('expectedSize beyond what is free is refused early and leaves nothing', async () => {
  const { root, driver } = await temporaryStore();
  for (const mode of ['truncate', 'isolated'] as const) {
    await expect(driver.writer('/file', { mode, expectedSize: 2 ** 60 })).rejects.toMatchObject({
      code: 'QUOTA_EXCEEDED',
    });
  }
  expect(await readdir(root)).toEqual([]);
  await (await driver.writer('/file', { expectedSize: 10 })).commit();
});

test('copy leaves the source and replaces the destination', async () => {
  const { root, driver } = await temporaryStore();
  await driver.put('/a', bytes('content'));
  await driver.put('/b/c', bytes('old'));
  await driver.copy?.('/a', '/b/c');
  expect(text(await driver.get('/b/c'))).toBe('content');
  await driver.put('/a', bytes('changed'));
  expect(text(await driver.get('/b/c'))).toBe('content');
  expect(await readdir(join(root, 'b'))).toEqual(['c']);
});

test('a file that Distribution wrote with its own modes is as good as ours', async () => {
  const { root, driver } = await temporaryStore();
  await mkdir(join(root, 'd'));
  await writeFile(join(root, 'd/data'), 'x');
  await chmod(join(root, 'd/data'), 0o644);
  expect(await driver.stat('/d/data')).toMatchObject({ size: 1, isDir: false });
  await driver.move('/d/data', '/e/data');
  expect(text(await driver.get('/e/data'))).toBe('x');
});

describe.runIf(process.getuid?.() === 0 && process.platform === 'linux')(
  'on a file system of its own',
  () => {
    const mounted = async (options: string): Promise<{ root: string; driver: StorageDriver }> => {
      const root = await temporaryDirectory();
      execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'none', root]);
      onTestFinished(async () => {
        execFileSync('umount', ['-l', root]);
        await rm(root, { recursive: true, force: true });
      });
      return { root, driver: checkDriver(await filesystem.create({ rootdirectory: root })) };
    };

    test('a full disk is QUOTA_EXCEEDED, leaves no temporary file, and heals', async () => {
      const { root, driver } = await mounted('size=1m');
      const big = new Uint8Array(2 * 1024 * 1024);
      await driver.put('/old', bytes('old'));
      await expect(driver.put('/old', big)).rejects.toMatchObject({ code: 'QUOTA_EXCEEDED' });
      for (const mode of ['truncate', 'isolated'] as const) {
        const writer = await driver.writer('/new', { mode });
        await expect(writer.write(big)).rejects.toMatchObject({ code: 'QUOTA_EXCEEDED' });
        expect(writer.size).toBe(0);
        await writer.cancel();
      }
      expect(await readdir(root)).toEqual(['old']);
      expect(text(await driver.get('/old'))).toBe('old');
      await driver.put('/old', bytes('new'));
    });

    test('no inode left is QUOTA_EXCEEDED', async () => {
      const { driver } = await mounted('nr_inodes=3');
      await driver.put('/a', bytes('x'));
      await expect(driver.put('/b/c/d', bytes('x'))).rejects.toMatchObject({ code: 'QUOTA_EXCEEDED' });
      expect(text(await driver.get('/a'))).toBe('x');
    });

    test('a read-only file system is UNAVAILABLE to writers and serves readers', async () => {
      const { root, driver } = await mounted('size=1m');
      await driver.put('/a', bytes('x'));
      execFileSync('mount', ['-o', 'remount,ro', root]);
      expect(text(await driver.get('/a'))).toBe('x');
      await expect(driver.put('/a', bytes('y'))).rejects.toEqual(UNAVAILABLE);
      await expect(driver.writer('/b')).rejects.toEqual(UNAVAILABLE);
      await expect(driver.move('/a', '/b')).rejects.toEqual(UNAVAILABLE);
      await expect(driver.delete('/a')).rejects.toEqual(UNAVAILABLE);
    });
  },
);
