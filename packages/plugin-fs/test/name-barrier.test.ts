import { readdir } from 'node:fs/promises';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createDisk } from '../src/disk.js';
import { createNameBarrier } from '../src/name-barrier.js';
import { temporaryDirectory } from './temporary-store.js';

async function testBarrier() {
  const directory = await temporaryDirectory();
  const disk = createDisk({ isLocal: true, ordersNames: true, hasJournal: true });
  const realSync = disk.sync.bind(disk);
  const held: (() => void)[] = [];
  const sync = vi.spyOn(disk, 'sync').mockImplementation(async (fd) => {
    await new Promise<void>((resolve) => held.push(resolve));
    await realSync(fd);
  });
  const barrier = createNameBarrier(disk, directory);
  onTestFinished(() => barrier.close());
  const begun = (count: number) => expect.poll(() => held.length).toBe(count);
  return { directory, disk, sync, barrier, begun, end: () => held.at(-1)?.() };
}

test('those who come at the same time share one sync, and those who come while it runs the next', async () => {
  const { sync, barrier, begun, end } = await testBarrier();
  const first = [barrier.pass(), barrier.pass(), barrier.pass()];
  await begun(1);
  let isLateThrough = false;
  const late = [barrier.pass(), barrier.pass()].map((each) => each.then(() => (isLateThrough = true)));
  end();
  await Promise.all(first);
  expect(isLateThrough).toBe(false);
  await begun(2);
  end();
  await Promise.all(late);
  expect(sync).toHaveBeenCalledTimes(2);
});

test('a sync that fails fails those who waited for it, and no others', async () => {
  const { sync, barrier, begun, end } = await testBarrier();
  sync.mockRejectedValueOnce(Object.assign(new Error('EIO'), { code: 'EIO' }));
  const failing = [barrier.pass(), barrier.pass()];
  for (const each of failing) await expect(each).rejects.toThrow('EIO');
  const next = barrier.pass();
  await begun(1);
  end();
  await next;
});

test('every sync has a change of its own to write, and no file is left to be seen', async () => {
  const { directory, disk, barrier, begun, end } = await testBarrier();
  const resize = vi.spyOn(disk, 'resize');
  for (const round of [1, 2, 3]) {
    const passing = barrier.pass();
    await begun(round);
    end();
    await passing;
  }
  expect(resize.mock.calls.map(([, size]) => size)).toEqual([1, 0, 1]);
  expect(await readdir(directory)).toEqual([]);
});

test('a file that cannot be made is tried again by the next', async () => {
  const { disk, barrier, begun, end } = await testBarrier();
  vi.spyOn(disk, 'open').mockRejectedValueOnce(Object.assign(new Error('EROFS'), { code: 'EROFS' }));
  await expect(barrier.pass()).rejects.toThrow('EROFS');
  const next = barrier.pass();
  await begun(1);
  end();
  await next;
});
