import { randomUUID } from 'node:crypto';
import { readToEnd } from '@outrigger/driver';
import {
  appendFile,
  chmod,
  mkdir,
  open,
  readFile,
  rename,
  rm,
  stat,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryDirectory } from '../temporary-directory.js';
import type { Blob, Cached } from './store.js';
import {
  cached,
  countedStore,
  fileOf,
  putBlobs,
  randomBlob,
  readBlob,
  readSome,
  expectSame,
} from './store.js';

const SIZE = 300_000;

interface Filled extends Cached {
  readonly blob: Blob;
  readonly directory: string;
  readonly file: string;
  readonly calls: string[];
  /** The same again, as after a restart. */
  readonly restart: (options?: Readonly<Record<string, unknown>>) => Promise<Cached>;
}

/** A cache that has a blob. */
async function filled(options: Readonly<Record<string, unknown>> = {}): Promise<Filled> {
  const directory = await temporaryDirectory();
  const { driver: store, calls } = await countedStore();
  const own = await cached(store, directory, options);
  const blob = randomBlob(SIZE);
  await putBlobs(own.driver, blob);
  await readBlob(own.driver, blob.path);
  await expect.poll(() => own.count('fills_total')).toBe(1);
  calls.length = 0;
  const restart = (more = options) => cached(store, directory, more);
  return { ...own, blob, directory, calls, file: fileOf(directory, blob), restart };
}

async function flip(file: string, position: number): Promise<void> {
  const handle = await open(file, 'r+');
  const byte = Buffer.alloc(1);
  await handle.read(byte, 0, 1, position);
  byte[0] = (byte[0] ?? 0) ^ 4;
  await handle.write(byte, 0, 1, position);
  await handle.close();
}

test('what lies there is found again after a start, and checked', async () => {
  const { blob, calls, restart } = await filled();
  const { driver, count } = await restart();
  await expect.poll(() => count('entries')).toBe(1);
  expectSame(await readBlob(driver, blob.path), blob.bytes);
  expect(calls).toEqual([`stat ${blob.path}`]);
});

test.each([0, 65_535, 65_536, 150_000, SIZE - 1])(
  'a flipped bit in byte %i never reaches a client, in this process or after a start',
  async (position) => {
    for (const isRestarted of [false, true]) {
      const own = await filled();
      const { driver, count } = isRestarted ? await own.restart() : own;
      await flip(own.file, position);
      expectSame(await readBlob(driver, own.blob.path), own.blob.bytes);
      expect(count('switches_total')).toBe(1);
      await expect.poll(async () => (await readBlob(driver, own.blob.path)).length).toBe(SIZE);
    }
  },
);

test('a flipped bit in a file that looks as before is found where every read is checked', async () => {
  const { driver, blob, file, count } = await filled({ verify: '0' });
  const { atime, mtime } = await stat(file);
  await flip(file, 100_000);
  await utimes(file, atime, mtime);
  expectSame(await readBlob(driver, blob.path), blob.bytes);
  expect(count('switches_total')).toBe(1);
});

test('a flipped bit while it is read never reaches the client', async () => {
  const { driver, blob, file } = await filled();
  const reader = await driver.reader(blob.path);
  expectSame(await readSome(reader, 70_000), blob.bytes.subarray(0, 70_000));
  await flip(file, 200_000);
  expectSame(await readToEnd(reader, SIZE), blob.bytes.subarray(70_000));
});

test.each(['sums', 'trailer'])(
  'a flipped bit in the %s costs a look in the store and nothing else',
  async (where) => {
    const { driver, blob, file, count } = await filled();
    const { size } = await stat(file);
    await flip(file, where === 'sums' ? SIZE + 5 : size - 20);
    expectSame(await readBlob(driver, blob.path), blob.bytes);
    expect(count('faults_total')).toBe(1);
    await expect.poll(() => count('fills_total')).toBe(2);
  },
);

test('the file of one blob in the place of another is not served', async () => {
  const { driver, blob, file, directory, restart, count } = await filled();
  const other = randomBlob(SIZE);
  await putBlobs(driver, other);
  await readBlob(driver, other.path);
  await expect.poll(() => count('fills_total')).toBe(2);
  await rename(fileOf(directory, other), file);
  const again = await restart();
  expectSame(await readBlob(again.driver, blob.path), blob.bytes);
});

test.each([0, 50, 65_536, SIZE, SIZE + 10])(
  'a file cut to %i bytes, before and while it is read',
  async (length) => {
    const before = await filled();
    await truncate(before.file, length);
    expectSame(await readBlob(before.driver, before.blob.path), before.blob.bytes);

    const during = await filled();
    const reader = await during.driver.reader(during.blob.path);
    const first = await readSome(reader, 10_000);
    await truncate(during.file, length);
    expectSame(Buffer.concat([first, await readToEnd(reader, SIZE)]), during.blob.bytes);
  },
);

test('a file that has grown', async () => {
  const { driver, blob, file } = await filled();
  await appendFile(file, 'more');
  expectSame(await readBlob(driver, blob.path), blob.bytes);
});

test('the directory deleted, while it is read and while it is filled', async () => {
  const { driver, blob, directory, count } = await filled();
  const reader = await driver.reader(blob.path);
  const first = await readSome(reader, 10_000);
  const other = randomBlob(SIZE);
  await putBlobs(driver, other);
  const filling = await driver.reader(other.path);
  const begun = await readSome(filling, 10_000);
  await rm(directory, { recursive: true });
  expectSame(Buffer.concat([first, await readToEnd(reader, SIZE)]), blob.bytes);
  expectSame(Buffer.concat([begun, await readToEnd(filling, SIZE)]), other.bytes);
  expectSame(await readBlob(driver, blob.path), blob.bytes);
  // It comes back with the next content.
  await expect.poll(() => count('fills_total')).toBeGreaterThan(1);
  expectSame(await readBlob(driver, blob.path), blob.bytes);
});

test('a directory that cannot be one', async () => {
  const directory = join(await temporaryDirectory(), 'file');
  await writeFile(directory, 'not a directory');
  const { driver: store } = await countedStore();
  const { driver, count } = await cached(store, directory);
  const blob = randomBlob(SIZE);
  await putBlobs(driver, blob);
  for (let turn = 1; turn <= 2; turn++) {
    expectSame(await readBlob(driver, blob.path), blob.bytes);
    await expect.poll(() => count('fills_failed_total')).toBe(turn);
  }
  expect(await readFile(directory, 'utf8')).toBe('not a directory');
});

test('a disk that is full: whatever is written fails', async () => {
  const directory = await temporaryDirectory();
  const { driver: store } = await countedStore();
  const { driver, count } = await cached(store, directory);
  const blob = randomBlob(SIZE);
  await putBlobs(driver, blob);
  // Nothing can be made below a file that is in the place of the directory for what is half-written.
  await writeFile(join(directory, 'tmp'), '');
  expectSame(await readBlob(driver, blob.path), blob.bytes);
  await expect.poll(() => count('fills_failed_total')).toBe(1);
  await rm(join(directory, 'tmp'));
  expectSame(await readBlob(driver, blob.path), blob.bytes);
  await expect.poll(() => count('fills_total')).toBe(1);
});

test('a directory made read-only costs nobody a pull', async () => {
  const { driver, blob, file, directory } = await filled();
  await chmod(dirname(file), 0o500);
  await chmod(directory, 0o500);
  const other = randomBlob(SIZE);
  await putBlobs(driver, other);
  for (const each of [blob, other, blob, other]) expectSame(await readBlob(driver, each.path), each.bytes);
  await chmod(directory, 0o700);
  await chmod(dirname(file), 0o700);
});

test('a disk that is too slow is left behind', async () => {
  const { driver: store } = await countedStore();
  const { driver, count } = await cached(store, await temporaryDirectory(), { buffer: 1 });
  const blob = randomBlob(SIZE);
  await putBlobs(driver, blob);
  const reader = await driver.reader(blob.path);
  // Both pieces come before the disk can have had the first one.
  const seen = await Promise.all([1, 2].map(() => readSome(reader, 1000)));
  expectSame(Buffer.concat([...seen, await readToEnd(reader, SIZE)]), blob.bytes);
  await expect.poll(() => count('fills_slow_total')).toBe(1);
});

test('two processes share a directory', async () => {
  const { driver, blob, calls, restart } = await filled();
  const other = await restart();
  expectSame(await readBlob(other.driver, blob.path), blob.bytes);
  const second = randomBlob(SIZE);
  await putBlobs(driver, second);
  await readBlob(other.driver, second.path);
  await expect.poll(() => other.count('fills_total')).toBe(1);
  calls.length = 0;
  expectSame(await readBlob(driver, second.path), second.bytes);
  expect(calls).toEqual([`stat ${second.path}`]);
});

test('what a process that was killed has left half-written is removed when it is old', async () => {
  const { directory, restart, blob } = await filled();
  await mkdir(join(directory, 'tmp'), { recursive: true });
  const [old, fresh] = [randomUUID(), randomUUID()].map((name) => join(directory, 'tmp', name)) as [
    string,
    string,
  ];
  const foreign = [join(directory, 'tmp', 'old'), join(directory, 'not-the-caches')];
  for (const file of [old, fresh, ...foreign]) await writeFile(file, 'half');
  for (const file of [old, ...foreign]) await utimes(file, 0, 0);
  const { driver } = await restart();
  await expect
    .poll(() =>
      stat(old).then(
        () => 'there',
        () => 'gone',
      ),
    )
    .toBe('gone');
  for (const file of [fresh, ...foreign]) expect((await stat(file)).size).toBe(4);
  expectSame(await readBlob(driver, blob.path), blob.bytes);
});
