import { isStorageError } from '@outrigger/driver';
import { expect, it } from 'vitest';
import { createObjectDriver } from '../src/index.js';
import { createBucket, createMemoryStore } from './memory-object-store.js';

async function setUp(more: object = {}) {
  const bucket = createBucket();
  const store = { ...createMemoryStore(bucket, { partSize: 10 }), ...more };
  const driver = await createObjectDriver({ name: 'objects', store, keyPrefix: 'r/' });
  const keys = () => [...bucket.objects.keys()].sort();
  return { bucket, driver, keys };
}

const CONTENT = Buffer.alloc(25);

it('deletes a large directory in few requests', async () => {
  const { bucket, driver, keys } = await setUp();
  for (let i = 0; i < 2500; i++) await driver.put(`/d/${String(i)}`, CONTENT);
  await driver.put('/d-x', CONTENT);
  bucket.requests.length = 0;
  await driver.delete('/d');
  expect(keys()).toEqual(['r/d-x']);
  expect(bucket.requests.length).toBeLessThan(10);
});

it('ends closed uploads with their directory, by a delete and by a move', async () => {
  for (const change of ['delete', 'move'] as const) {
    const { bucket, driver, keys } = await setUp();
    for (const path of ['/d/e/a', '/d/b', '/d-e/c']) {
      const writer = await driver.writer(path);
      await writer.write(CONTENT);
      await writer.close();
    }
    await driver.put('/d/f', CONTENT);
    if (change === 'delete') await driver.delete('/d');
    else await driver.move('/d', '/n');
    expect(keys()).toEqual(['r/_outrigger-uploads/d-e/c/state', ...(change === 'move' ? ['r/n/f'] : [])]);
    expect([...bucket.uploads.values()].map(({ key }) => key)).toEqual(['r/d-e/c']);
    await expect(driver.writer('/d/b', { mode: 'append' })).rejects.toMatchObject({ code: 'PATH_NOT_FOUND' });
  }
});

it('moves with what the store has for it, each object of a directory too', async () => {
  const moved: string[] = [];
  const { bucket, driver, keys } = await setUp({
    move: (source: string, destination: string) => {
      const object = bucket.objects.get(source);
      bucket.objects.delete(source);
      if (object !== undefined) bucket.objects.set(destination, object);
      moved.push(source);
      return Promise.resolve(object !== undefined);
    },
  });
  for (const path of ['/a', '/d/b', '/d/c']) await driver.put(path, CONTENT);
  await driver.move('/a', '/z');
  await driver.move('/d', '/y');
  expect(keys()).toEqual(['r/y/b', 'r/y/c', 'r/z']);
  expect(moved).toEqual(['r/a', 'r/d', 'r/d/b', 'r/d/c']);
});

it('does a move of a directory again that was cut off', async () => {
  let copies = 0;
  const { bucket, keys } = await setUp();
  const store = createMemoryStore(bucket, {
    before: (request) => {
      if (request.startsWith('copy r/d/') && ++copies === 2) throw new Error('killed');
    },
  });
  const driver = await createObjectDriver({ name: 'objects', store, keyPrefix: 'r/', concurrency: 1 });
  for (const path of ['/d/a', '/d/b', '/d/c']) await driver.put(path, CONTENT);
  await expect(driver.move('/d', '/n')).rejects.toThrow('killed');
  expect(keys().filter((key) => key.startsWith('r/d/'))).toHaveLength(3);
  await driver.move('/d', '/n');
  expect(keys()).toEqual(['r/n/a', 'r/n/b', 'r/n/c']);
});

it('leaves alone what is put into a directory while it is moved', async () => {
  const { bucket, keys } = await setUp();
  const plain = createMemoryStore(bucket);
  const store = createMemoryStore(bucket, {
    before: async (request) => {
      if (request === 'copy r/d/a') await plain.put('r/d/late', CONTENT);
    },
  });
  const driver = await createObjectDriver({ name: 'objects', store, keyPrefix: 'r/' });
  await driver.put('/d/a', CONTENT);
  await driver.move('/d', '/n');
  expect(keys()).toEqual(['r/d/late', 'r/n/a']);
});

it('refuses destinations that cannot be', async () => {
  const { driver } = await setUp();
  await driver.put('/d/a', CONTENT);
  await driver.put('/f', CONTENT);
  await driver.move('/f', '/f');
  await driver.move('/d', '/d');
  for (const [source, destination] of [
    ['/d', '/d/e'],
    ['/d', '/f'],
    ['/f', '/_outrigger-uploads/x'],
  ] as const)
    await expect(driver.move(source, destination)).rejects.toMatchObject({ code: 'INVALID_PATH' });
  await expect(driver.move('/n', '/n')).rejects.toMatchObject({ code: 'PATH_NOT_FOUND' });
});

it('shows what is hidden to nobody', async () => {
  const { driver } = await setUp();
  const writer = await driver.writer('/a');
  await writer.write(CONTENT);
  await writer.close();
  expect((await driver.list('/')).entries).toEqual([]);
  expect(await driver.walk?.('/')).toEqual({ entries: [], done: true });
  for (const path of ['/_outrigger-uploads', '/_outrigger-uploads/a', '/_outrigger-uploads/a/state']) {
    const reads = [driver.stat(path), driver.get(path), driver.reader(path), driver.delete(path)];
    for (const read of [...reads, driver.list(path), driver.walk?.(path), driver.move(path, '/b')])
      await expect(read).rejects.toSatisfy((error) => isStorageError(error, 'PATH_NOT_FOUND'));
    for (const write of [driver.put(path, CONTENT), driver.writer(path)])
      await expect(write).rejects.toMatchObject({ code: 'INVALID_PATH' });
  }
});

it('shows no keys that are no paths', async () => {
  const { bucket, driver } = await setUp();
  const store = createMemoryStore(bucket);
  for (const key of [
    'r/_outrigger-uploads~parts/1',
    'r/a b',
    'r/a//b',
    'r/d/',
    'r/d/\u00fc',
    'r/d/x',
    'r/e/',
  ])
    await store.put(key, CONTENT);
  expect((await driver.list('/')).entries.map(({ path }) => path)).toEqual(['/a', '/d', '/e']);
  expect((await driver.list('/d')).entries.map(({ path }) => path)).toEqual(['/d/x']);
  expect((await driver.list('/e')).entries).toEqual([]);
  const walked = await driver.walk?.('/');
  expect(walked?.entries.map(({ path }) => path)).toEqual(['/a', '/d', '/d/x', '/e']);
});

it('shows an object where a directory has the same name', async () => {
  const { driver } = await setUp();
  await driver.put('/a', CONTENT);
  await driver.put('/a-b', CONTENT);
  await driver.put('/a/c', CONTENT);
  expect((await driver.stat('/a')).isDir).toBe(false);
  for (const limit of [1, 2, 10]) {
    const seen: [string, boolean | undefined][] = [];
    let cursor: string | undefined;
    do {
      const page = await driver.list('/', { limit, cursor });
      seen.push(...page.entries.map(({ path, isDir }): [string, boolean | undefined] => [path, isDir]));
      cursor = page.cursor;
    } while (cursor !== undefined);
    expect(seen).toEqual([
      ['/a', false],
      ['/a-b', false],
    ]);
  }
  for (const limit of [1, 2, 10]) {
    const seen: string[] = [];
    for (let after: string | undefined; ; after = seen.at(-1)) {
      const page = await driver.walk?.('/', { limit, after });
      seen.push(...(page?.entries ?? []).map(({ path }) => path));
      if (page?.done !== false) break;
    }
    expect(seen).toEqual(['/a', '/a/c', '/a-b']);
  }
});
