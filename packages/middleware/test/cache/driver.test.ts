import { readToEnd } from '@outrigger/driver';
import { randomInt } from 'node:crypto';
import { expect, test } from 'vitest';
import { temporaryDirectory } from '../temporary-directory.js';
import {
  blobOf,
  cached,
  countedStore,
  putBlobs,
  randomBlob,
  readBlob,
  readSome,
  expectSame,
} from './store.js';

const MIB = 1024 * 1024;

test.each([1, 17, 65_535, 65_536, 65_537, 200_000, 3 * MIB + 5])(
  'content of %i bytes is read from the store once, and then from the disk, whole and in parts',
  async (size) => {
    const { driver: store, calls } = await countedStore();
    const { driver, count } = await cached(store, await temporaryDirectory());
    const blob = randomBlob(size);
    await putBlobs(driver, blob);
    expectSame(await readBlob(driver, blob.path), blob.bytes);
    await expect.poll(() => count('fills_total')).toBe(1);
    calls.length = 0;
    expectSame(await readBlob(driver, blob.path), blob.bytes);
    for (let turn = 0; turn < 30; turn++) {
      const [offset, length] = [randomInt(size + 1), randomInt(size + 10)];
      const reader = await driver.reader(blob.path, { offset, length });
      expect(reader.size).toBe(size);
      expectSame(await readToEnd(reader, size), blob.bytes.subarray(offset, offset + length));
    }
    if (size < 8 * MIB) expectSame(await driver.get(blob.path), blob.bytes);
    expect(calls).toEqual([]);
    expect(count('misses_total')).toBe(1);
    expect(count('hit_bytes_total')).toBeGreaterThanOrEqual(size);
  },
);

test('small content that is asked for by get is kept too', async () => {
  const { driver: store, calls } = await countedStore();
  const { driver, count } = await cached(store, await temporaryDirectory());
  const blob = randomBlob(5000);
  await putBlobs(driver, blob);
  expectSame(await driver.get(blob.path), blob.bytes);
  await expect.poll(() => count('fills_total')).toBe(1);
  calls.length = 0;
  expectSame(await driver.get(blob.path), blob.bytes);
  expect(calls).toEqual([]);
});

test('the time of the last change is that of the store', async () => {
  const { driver: store } = await countedStore();
  const { driver, count } = await cached(store, await temporaryDirectory());
  const blob = randomBlob(5000);
  await putBlobs(driver, blob);
  const first = await driver.reader(blob.path);
  await readToEnd(first, 5000);
  await expect.poll(() => count('fills_total')).toBe(1);
  const second = await driver.reader(blob.path);
  expect(second.modTime).toEqual(first.modTime);
  await second.close();
});

test.each([
  '/docker/registry/v2/repositories/a/_manifests/tags/latest/current/link',
  '/docker/registry/v2/repositories/a/_uploads/1/data',
  '/a/index.json',
  '/a/blobs/sha256/index.json',
  `/docker/registry/v2/blobs/sha256/ab/${'cd'.repeat(32)}/data`,
  `/docker/registry/v2/repositories/a/_layers/sha256/${'ab'.repeat(32)}/link`,
])('what may change is asked for each time: %s', async (path) => {
  const { driver: store, calls } = await countedStore();
  const { driver, count } = await cached(store, await temporaryDirectory());
  await driver.put(path, Buffer.from('one'));
  for (const method of ['get', 'reader'] as const) {
    calls.length = 0;
    for (let turn = 0; turn < 2; turn++) {
      if (method === 'get') await driver.get(path);
      else await readBlob(driver, path);
    }
    expect(calls).toEqual([`${method} ${path}`, `${method} ${path}`]);
  }
  expect(count('fills_total')).toBe(0);
});

test('content of an OCI layout is kept, and one repository does not show what another has', async () => {
  const { driver: store } = await countedStore();
  const { driver, count } = await cached(store, await temporaryDirectory());
  const { bytes, hex } = randomBlob(100_000);
  await putBlobs(driver, { path: `/a/blobs/sha256/${hex}`, bytes, hex });
  await readBlob(driver, `/a/blobs/sha256/${hex}`);
  await expect.poll(() => count('fills_total')).toBe(1);
  await expect(driver.reader(`/b/blobs/sha256/${hex}`)).rejects.toMatchObject({ code: 'PATH_NOT_FOUND' });
  await putBlobs(driver, { path: `/b/blobs/sha256/${hex}`, bytes, hex });
  expectSame(await readBlob(driver, `/b/blobs/sha256/${hex}`), bytes);
  expect(count('misses_total')).toBe(1);
});

test('content that is not what its digest says is served as the store has it, and never kept', async () => {
  const { driver: store } = await countedStore();
  const { driver, count } = await cached(store, await temporaryDirectory());
  const { path } = randomBlob(100_000);
  const other = randomBlob(100_000);
  await putBlobs(driver, { ...other, path });
  for (let turn = 1; turn <= 2; turn++) {
    expectSame(await readBlob(driver, path), other.bytes);
    await expect.poll(() => count('fills_mismatch_total')).toBe(turn);
  }
  expect(count('hits_total')).toBe(0);
});

test.each(['data', 'directory', 'all'])('what is deleted is gone: by its %s', async (what) => {
  const { driver: store } = await countedStore();
  const { driver, count } = await cached(store, await temporaryDirectory());
  const blob = randomBlob(100_000);
  await putBlobs(driver, blob);
  await readBlob(driver, blob.path);
  await expect.poll(() => count('fills_total')).toBe(1);
  const paths = { data: blob.path, directory: blob.path.slice(0, -'/data'.length), all: '/docker' };
  await driver.delete(paths[what as keyof typeof paths]);
  await expect(driver.reader(blob.path)).rejects.toMatchObject({ code: 'PATH_NOT_FOUND' });
  await expect(driver.get(blob.path)).rejects.toMatchObject({ code: 'PATH_NOT_FOUND' });
});

test('what is moved away is gone, and what others delete is gone as soon as the store is asked again', async () => {
  const { driver: store } = await countedStore();
  const directory = await temporaryDirectory();
  const { driver, count } = await cached(store, directory, { recheck: '0' });
  const [moved, deleted] = [randomBlob(1000), randomBlob(1000)];
  await putBlobs(driver, moved, deleted);
  for (const { path } of [moved, deleted]) await readBlob(driver, path);
  await expect.poll(() => count('fills_total')).toBe(2);
  await driver.move(moved.path, '/aside');
  await store.delete(deleted.path);
  for (const { path } of [moved, deleted])
    await expect(driver.reader(path)).rejects.toMatchObject({ code: 'PATH_NOT_FOUND' });
});

test('many readers of one blob at once fetch it once', async () => {
  const gate = Promise.withResolvers<undefined>();
  const { driver: store, calls } = await countedStore();
  const slow = Object.assign(Object.create(store) as typeof store, {
    reader: async (...args: Parameters<typeof store.reader>) => {
      const reader = await store.reader(...args);
      return Object.assign(Object.create(reader) as typeof reader, {
        size: reader.size,
        modTime: reader.modTime,
        close: () => reader.close(),
        read: async (into: Uint8Array) => {
          await gate.promise;
          return reader.read(into);
        },
      });
    },
  });
  const { driver, count } = await cached(slow, await temporaryDirectory());
  const blob = randomBlob(2 * MIB);
  await putBlobs(store, blob);
  calls.length = 0;
  const readers = await Promise.all(Array.from({ length: 8 }, () => driver.reader(blob.path)));
  gate.resolve(undefined);
  const seen = await Promise.all(readers.map((reader) => readToEnd(reader, 2 * MIB)));
  for (const each of seen) expectSame(each, blob.bytes);
  // One that waits longer than its patience, on a machine that is busy, asks the store for the rest.
  expect(calls.filter((call) => call.startsWith('reader')).length).toBe(1 + count('switches_total'));
  expect(count('misses_total')).toBe(1);
});

test('a reader goes on when the one that fetches leaves', async () => {
  const { driver: store } = await countedStore();
  const { driver, count } = await cached(store, await temporaryDirectory());
  const blob = randomBlob(MIB);
  await putBlobs(driver, blob);
  const leader = await driver.reader(blob.path);
  expectSame(await readSome(leader, 200_000), blob.bytes.subarray(0, 200_000));
  const follower = await driver.reader(blob.path);
  await leader.close();
  expectSame(await readToEnd(follower, MIB), blob.bytes);
  expect(count('fills_abandoned_total')).toBe(1);
  expectSame(await readBlob(driver, blob.path), blob.bytes);
});

test('the one that was not used for longest makes room', async () => {
  const { driver: store, calls } = await countedStore();
  const { driver, count } = await cached(store, await temporaryDirectory(), { size: 350_000 });
  const blobs = [randomBlob(100_000), randomBlob(100_000), randomBlob(100_000), randomBlob(100_000)] as const;
  await putBlobs(driver, ...blobs);
  const [a, b, c, d] = blobs;
  for (const [index, { path }] of [a, b, c].entries()) {
    await readBlob(driver, path);
    await expect.poll(() => count('fills_total')).toBe(index + 1);
  }
  await readBlob(driver, a.path);
  await readBlob(driver, d.path);
  await expect.poll(() => count('fills_total')).toBe(4);
  expect(count('evictions_total')).toBe(1);
  expect(count('bytes')).toBeLessThanOrEqual(350_000);
  calls.length = 0;
  for (const { path } of [a, c, d]) await readBlob(driver, path);
  expect(calls).toEqual([]);
  await readBlob(driver, b.path);
  expect(calls).toEqual([`reader ${b.path}`]);
});

test('content that is larger than the cache goes past it', async () => {
  const { driver: store } = await countedStore();
  const { driver, count } = await cached(store, await temporaryDirectory(), { size: '100KiB' });
  const blob = randomBlob(200_000);
  await putBlobs(driver, blob);
  for (let turn = 0; turn < 2; turn++) expectSame(await readBlob(driver, blob.path), blob.bytes);
  expect(count('misses_total')).toBe(2);
});

test('what is pushed in one piece is kept, if it is asked for, and only when it is committed', async () => {
  const { driver: store, calls } = await countedStore();
  const { driver, count } = await cached(store, await temporaryDirectory(), { writethrough: true });
  const [kept, cancelled] = [randomBlob(300_000), randomBlob(300_000)];
  for (const { path, bytes } of [kept, cancelled]) {
    const writer = await driver.writer(path, { mode: 'isolated', expectedSize: bytes.length });
    await writer.write(bytes);
    if (path === kept.path) await writer.commit();
    else await writer.cancel();
  }
  await expect.poll(() => count('fills_total')).toBe(1);
  calls.length = 0;
  expectSame(await readBlob(driver, kept.path), kept.bytes);
  expect(calls).toEqual([`stat ${kept.path}`]);
  await expect(driver.reader(cancelled.path)).rejects.toMatchObject({ code: 'PATH_NOT_FOUND' });
});

test('clients are sent to the store only when that is asked for', async () => {
  const redirecting = await countedStore({ capabilities: { walk: true, redirectURL: true } });
  const directory = await temporaryDirectory();
  const without = await cached(redirecting.driver, directory);
  expect(without.driver.capabilities).toEqual({ walk: true });
  const asked = await cached(redirecting.driver, directory, { redirect: true });
  expect(asked.driver.capabilities).toEqual({ walk: true, redirectURL: true });
});

test('empty content needs no cache', async () => {
  const { driver: store } = await countedStore();
  const { driver } = await cached(store, await temporaryDirectory());
  const blob = blobOf(Buffer.alloc(0));
  await putBlobs(driver, blob);
  expect(await readBlob(driver, blob.path)).toEqual(Buffer.alloc(0));
  expect(await driver.get(blob.path)).toEqual(Buffer.alloc(0));
});
