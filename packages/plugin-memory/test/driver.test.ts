import type { StorageDriver } from '@outrigger/driver';
import { InvalidParametersError, checkDriver, comparePaths, isBelow } from '@outrigger/driver';
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { inmemory } from '../src/index.js';

const create = async () => checkDriver(await inmemory.create({}));
const bytes = (text: string) => new TextEncoder().encode(text);
const text = (content: Uint8Array) => new TextDecoder().decode(content);

async function walkAll(
  driver: StorageDriver,
  path: string,
  limit: number,
  from?: string,
  skip = false,
): Promise<string[]> {
  const found: string[] = [];
  let after = from;
  let skipChildren = skip;
  for (;;) {
    const page = await driver.walk?.(path, { after, skipChildren, limit });
    if (page === undefined) throw new Error('no walk');
    found.push(...page.entries.map((info) => info.path));
    if (page.done) return found;
    after = found.at(-1);
    skipChildren = false;
  }
}

test('there are no parameters, and one that is given is named', async () => {
  const error: unknown = await inmemory.create({ size: 's3cret' }).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(InvalidParametersError);
  expect(String(error)).toContain('size: unknown parameter');
  expect(String(error)).not.toContain('s3cret');
});

test('the version is that of the package', async () => {
  const manifest: unknown = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8'));
  expect(manifest).toMatchObject({ version: inmemory.version });
});

test('what is not committed is not seen, and an append finds it after the close', async () => {
  const driver = await create();
  await driver.put('/a', bytes('old'));
  const writer = await driver.writer('/a');
  await writer.write(bytes('new'));
  expect(text(await driver.get('/a'))).toBe('old');
  await writer.close();
  expect(text(await driver.get('/a'))).toBe('old');
  const appender = await driver.writer('/a', { mode: 'append' });
  expect(appender.size).toBe(3);
  await appender.write(bytes('er'));
  await appender.commit();
  expect(text(await driver.get('/a'))).toBe('newer');
});

test('two writers that continue one upload do not mix', async () => {
  const driver = await create();
  const first = await driver.writer('/a');
  await first.write(bytes('x'));
  await first.write(bytes('y'));
  await first.close();
  const [one, two] = [
    await driver.writer('/a', { mode: 'append' }),
    await driver.writer('/a', { mode: 'append' }),
  ];
  await one.write(bytes('one'));
  await two.write(bytes('two'));
  await one.commit();
  expect(text(await driver.get('/a'))).toBe('xyone');
  await two.commit();
  expect(text(await driver.get('/a'))).toBe('xytwo');
});

test('a chunk may be reused as soon as it is accepted', async () => {
  const driver = await create();
  const writer = await driver.writer('/a');
  const chunk = new Uint8Array(1);
  for (let i = 0; i < 10_000; i++) {
    chunk[0] = i % 251;
    await writer.write(chunk);
  }
  await writer.commit();
  expect(await driver.get('/a')).toEqual(Buffer.from(Array.from({ length: 10_000 }, (_, i) => i % 251)));
});

test('a reader keeps its content while the object is replaced, moved and deleted', async () => {
  const driver = await create();
  await driver.put('/a', bytes('one'));
  const reader = await driver.reader('/a');
  await driver.put('/a', bytes('another'));
  await driver.delete('/a');
  const into = new Uint8Array(10);
  expect([await reader.read(into), await reader.read(into.subarray(3))]).toEqual([3, 0]);
  expect(text(into.subarray(0, 3))).toBe('one');
});

test('a version names the bytes, also across instances', async () => {
  const [driver, other] = [await create(), await create()];
  const versions = new Set<string | undefined>();
  for (const store of [driver, other]) {
    for (const content of ['one', 'two']) {
      await store.put('/a', bytes(content));
      versions.add((await store.stat('/a')).version);
    }
  }
  expect(versions.size).toBe(4);
  await expect(driver.reader('/a', { ifMatch: 'other' })).rejects.toMatchObject({
    code: 'UNAVAILABLE',
    retryable: false,
  });
});

test('a file is no directory, and a directory no file', async () => {
  const driver = await create();
  await driver.put('/dir/file', bytes('x'));
  const invalid = { code: 'INVALID_PATH' };
  await expect(driver.put('/dir/file/below', bytes('y'))).rejects.toMatchObject(invalid);
  await expect(driver.put('/dir', bytes('y'))).rejects.toMatchObject(invalid);
  await expect(driver.writer('/dir/file/below')).rejects.toMatchObject(invalid);
  await expect(driver.move('/dir', '/dir/below')).rejects.toMatchObject(invalid);
  await expect(driver.move('/dir/file', '/dir/file/below')).rejects.toMatchObject(invalid);
  await driver.move('/dir', '/dir');
  expect(text(await driver.get('/dir/file'))).toBe('x');
});

test('directories come and go with their content', async () => {
  const driver = await create();
  await driver.put('/a/b/c', bytes('x'));
  await driver.put('/a/d', bytes('x'));
  await driver.delete('/a/b/c');
  await expect(driver.stat('/a/b')).rejects.toMatchObject({ code: 'PATH_NOT_FOUND' });
  await driver.move('/a/d', '/e/f');
  expect((await driver.list('/')).entries.map((entry) => entry.path)).toEqual(['/e']);
  await driver.delete('/e');
  expect((await driver.list('/')).entries).toEqual([]);
});

test('uploads go with their directory', async () => {
  const driver = await create();
  await driver.put('/up/startedat', bytes('now'));
  const writer = await driver.writer('/up/data');
  await writer.write(bytes('x'));
  await writer.close();
  await driver.move('/up', '/moved');
  expect((await driver.writer('/moved/data', { mode: 'append' })).size).toBe(1);
  await driver.delete('/moved');
  await expect(driver.writer('/moved/data', { mode: 'append' })).rejects.toMatchObject({
    code: 'PATH_NOT_FOUND',
  });
});

test.each([1, 2, 1000])('a walk in pages of %i goes on after every path', async (limit) => {
  const driver = await create();
  const files = ['/a/a/1', '/a/a/2', '/a/b', '/a-b', '/a.c/x', '/b', '/c/d/e/f', '/c/d/e-f', '/c/g'];
  for (const file of files) await driver.put(file, bytes(file));
  const directories = ['/a', '/a/a', '/a.c', '/c', '/c/d', '/c/d/e'];
  const all = [...files, ...directories].sort(comparePaths);
  for (const from of ['/', '/a', '/c/d']) {
    const below = all.filter((path) => isBelow(path, from));
    expect(await walkAll(driver, from, limit)).toEqual(below);
    for (const after of [...all, '/', '/0', '/a/zz', '/zz', '/c/d/e/zz']) {
      const behind = below.filter((path) => comparePaths(path, after) > 0);
      expect(await walkAll(driver, from, limit, after)).toEqual(behind);
      expect(await walkAll(driver, from, limit, after, true)).toEqual(
        behind.filter((path) => !isBelow(path, after)),
      );
    }
  }
});
