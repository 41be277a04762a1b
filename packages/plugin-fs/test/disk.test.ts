import { constants } from 'node:fs';
import { readFile, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Disk, Soon } from '../src/disk.js';
import { createDisk, openDisk } from '../src/disk.js';
import { bytes, temporaryDirectory } from './temporary-store.js';

vi.mock('node:fs/promises', { spy: true });

/** What the disk takes for the time, and how long a call that is made at once takes by it. */
const clock = { now: 1_000_000, callMs: 0 };

vi.mock('node:fs', async (original) => {
  const real = await original<typeof import('node:fs')>();
  const lstatSync = (...args: Parameters<typeof real.lstatSync>) => {
    clock.now += clock.callMs;
    return real.lstatSync(...args);
  };
  return { ...real, lstatSync };
});

beforeEach(() => {
  clock.callMs = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => clock.now);
});
afterEach(() => vi.restoreAllMocks());

const isLater = (answer: Soon<unknown>) => answer instanceof Promise;

async function waits(disk: Disk, path: string, callMs: number): Promise<boolean> {
  clock.callMs = callMs;
  const answer = disk.lstat(path);
  clock.callMs = 0;
  await answer;
  await turn();
  return isLater(answer);
}

describe('on a local file system', () => {
  const local = () => createDisk({ isLocal: true, ordersNames: true });

  test('names and small content are answered at once', async () => {
    const disk = local();
    const path = join(await temporaryDirectory(), 'file');
    const fd = disk.open(path, constants.O_RDWR | constants.O_CREAT, 0o600);
    expect(isLater(fd)).toBe(false);
    const content = bytes('small');
    expect(disk.write(await fd, content, 0, content.length, 0)).toBe(5);
    expect(disk.read(await fd, new Uint8Array(5), 5, 0)).toBe(5);
    expect(isLater(disk.fstat(await fd))).toBe(false);
    expect(isLater(disk.close(await fd))).toBe(false);
    expect(isLater(disk.unlink(path))).toBe(false);
    expect(() => disk.lstat(path)).toThrow(expect.objectContaining({ code: 'ENOENT' }));
  });

  test('large content, truncations and syncs go to the thread pool', async () => {
    const disk = local();
    const path = join(await temporaryDirectory(), 'file');
    const fd = await disk.open(path, constants.O_RDWR | constants.O_CREAT, 0o600);
    const large = new Uint8Array(64 * 1024 + 1);
    for (const call of [
      () => disk.write(fd, large, 0, large.length, 0),
      () => disk.read(fd, large, large.length, 0),
      () => disk.truncate(fd, 1),
      () => disk.syncData(fd),
      () => disk.sync(fd),
    ]) {
      const answer = call();
      expect(isLater(answer)).toBe(true);
      await answer;
    }
    await disk.close(fd);
  });

  test('after 250 ms of waiting within a second, calls go to the thread pool for a second', async () => {
    const disk = local();
    const path = await temporaryDirectory();
    expect(await waits(disk, path, 249)).toBe(false);
    expect(await waits(disk, path, 0)).toBe(false);
    expect(await waits(disk, path, 2)).toBe(false);
    expect(await waits(disk, path, 0)).toBe(true);
    clock.now += 999;
    expect(await waits(disk, path, 0)).toBe(true);
    clock.now += 1;
    expect(await waits(disk, path, 0)).toBe(false);
  });

  test('waiting is forgotten after a second, and a call of a millisecond is none', async () => {
    const disk = local();
    const path = await temporaryDirectory();
    expect(await waits(disk, path, 249)).toBe(false);
    clock.now += 1001;
    expect(await waits(disk, path, 249)).toBe(false);
    clock.now += 1001;
    for (let i = 0; i < 900; i++) expect(await waits(disk, path, 1)).toBe(false);
  });

  test('a call that failed after a wait counts too', async () => {
    const disk = local();
    clock.callMs = 250;
    expect(() => disk.lstat('/nothing/there')).toThrow();
    expect(await waits(disk, '/', 0)).toBe(true);
  });

  test('whoever awaits one call after the other lets the event loop turn', async () => {
    const disk = local();
    const turned = vi.fn();
    setImmediate(turned);
    let calls = 0;
    for (; turned.mock.calls.length === 0 && calls < 10_000; calls++) {
      clock.now += 0.1;
      await disk.lstat('/');
    }
    expect(turned).toHaveBeenCalled();
    // 5 ms are fifty of these calls.
    expect(calls).toBeGreaterThan(40);
  });
});

test('on a network file system every call goes to the thread pool', async () => {
  const disk = createDisk({ isLocal: false, ordersNames: false });
  const directory = await temporaryDirectory();
  const path = join(directory, 'file');
  const fd = disk.open(path, constants.O_RDWR | constants.O_CREAT, 0o600);
  const content = bytes('x');
  const later = [
    fd,
    disk.write(await fd, content, 0, 1, 0),
    disk.read(await fd, new Uint8Array(1), 1, 0),
    disk.fstat(await fd),
    disk.lstat(path),
    disk.realpath(directory),
    disk.mkdir(join(directory, 'made'), 0o700),
  ];
  for (const each of later) await each;
  const last = [disk.rename(path, `${path}2`), disk.close(await fd)];
  for (const each of last) await each;
  const gone = disk.unlink(`${path}2`);
  await gone;
  expect([...later, ...last, gone].map(isLater)).not.toContain(false);
});

test.each([
  ['nfs', 0x6969, 'nfs4', false, false],
  ['cifs', 0xff534d42, 'cifs', false, false],
  ['FUSE', 0x65735546, 'fuse.sshfs', false, false],
  ['tmpfs', 0x01021994, 'tmpfs', true, false],
  ['btrfs', 0x9123683e, 'btrfs', true, false],
  ['xfs', 0x58465342, 'xfs', true, true],
  ['ext4', 0xef53, 'ext4', true, true],
  ['ext2, which has the number of ext4,', 0xef53, 'ext2', true, false],
  ['ext4 without a list of mounts', 0xef53, undefined, true, false],
] as const)('%s is known', async (_name, type, mounted, isLocal, ordersNames) => {
  vi.mocked(statfs).mockResolvedValueOnce(Object.assign(await statfs('/'), { type }));
  vi.mocked(stat).mockResolvedValueOnce(Object.assign(await stat('/'), { dev: (259 << 8) | 3 }));
  const mounts = [
    '22 1 8:1 / / rw,relatime - other /dev/sda1 rw',
    `36 22 259:3 / /mnt\\040it rw shared:1 - ${mounted ?? ''} /dev/nvme0n1p3 rw`,
  ];
  vi.mocked(readFile).mockImplementationOnce(() =>
    mounted === undefined ? Promise.reject(new Error('no /proc')) : Promise.resolve(mounts.join('\n')),
  );
  const disk = await openDisk('/');
  expect(disk.ordersNames).toBe(ordersNames);
  expect(isLater(disk.lstat('/'))).toBe(!isLocal);
});
