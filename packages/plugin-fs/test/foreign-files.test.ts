import { execFileSync } from 'node:child_process';
import { mkdir, readFile, readdir, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { walk } from '@outrigger/driver';
import type { StorageDriver } from '@outrigger/driver';
import { expect, test } from 'vitest';
import { filesystem } from '../src/index.js';
import { bytes, pathsIn, temporaryDirectory, temporaryStore, text } from './temporary-store.js';

const NOT_FOUND = expect.objectContaining({ code: 'PATH_NOT_FOUND' }) as unknown;
const INVALID = expect.objectContaining({ code: 'INVALID_PATH' }) as unknown;

async function expectNothingAt(driver: StorageDriver, path: string): Promise<void> {
  await expect(driver.stat(path)).rejects.toEqual(NOT_FOUND);
  await expect(driver.get(path)).rejects.toEqual(NOT_FOUND);
  await expect(driver.reader(path)).rejects.toEqual(NOT_FOUND);
  await expect(driver.localFile?.(path)).rejects.toEqual(NOT_FOUND);
  await expect(driver.writer(path, { mode: 'append' })).rejects.toEqual(NOT_FOUND);
  await expect(driver.move(path, '/elsewhere')).rejects.toEqual(NOT_FOUND);
  await expect(driver.copy?.(path, '/elsewhere')).rejects.toEqual(NOT_FOUND);
  await expect(driver.delete(path)).rejects.toEqual(NOT_FOUND);
}

async function namesIn(driver: StorageDriver, path: string): Promise<string[]> {
  const walked: string[] = [];
  await walk(driver, path, (info) => void walked.push(info.path));
  const listed = await pathsIn(driver, path);
  expect(walked.filter((name) => listed.includes(name))).toEqual(listed);
  return walked;
}

test('a link to a file is nothing, and put replaces it', async () => {
  const { root, driver } = await temporaryStore();
  const secret = join(await temporaryDirectory(), 'secret');
  await writeFile(secret, 'secret');
  await symlink(secret, join(root, 'link'));
  await expectNothingAt(driver, '/link');
  expect(await namesIn(driver, '/')).toEqual([]);
  await expect(driver.writer('/link')).rejects.toEqual(INVALID);
  await driver.put('/link', bytes('ours'));
  expect(text(await driver.get('/link'))).toBe('ours');
  expect(await readFile(secret, 'utf8')).toBe('secret');
});

test.each(['outside', 'inside'])('a link to a directory %s is not followed by anything', async (where) => {
  const { root, driver } = await temporaryStore();
  const target = where === 'outside' ? await temporaryDirectory() : join(root, 'target');
  await mkdir(join(target, 'sub'), { recursive: true });
  await writeFile(join(target, 'file'), 'secret');
  await symlink(target, join(root, 'link'));
  await driver.put('/mine', bytes('mine'));

  await expectNothingAt(driver, '/link/file');
  await expectNothingAt(driver, '/link');
  await expect(driver.list('/link')).rejects.toEqual(NOT_FOUND);
  await expect(driver.list('/link/sub')).rejects.toEqual(NOT_FOUND);
  await expect(driver.walk?.('/link')).rejects.toEqual(NOT_FOUND);
  for (const path of ['/link/file', '/link/new', '/link/new/deep', '/link/sub/new']) {
    await expect(driver.put(path, bytes('x'))).rejects.toEqual(INVALID);
    await expect(driver.writer(path)).rejects.toEqual(INVALID);
    await expect(driver.writer(path, { mode: 'isolated' })).rejects.toEqual(INVALID);
    await expect(driver.move('/mine', path)).rejects.toEqual(INVALID);
    await expect(driver.copy?.('/mine', path)).rejects.toEqual(INVALID);
  }
  expect((await readdir(target)).sort()).toEqual(['file', 'sub']);
  expect(await readdir(join(target, 'sub'))).toEqual([]);
  expect(await readFile(join(target, 'file'), 'utf8')).toBe('secret');
});

test('deleting a directory removes the links in it and nothing behind them', async () => {
  const { root, driver } = await temporaryStore();
  const outside = await temporaryDirectory();
  await writeFile(join(outside, 'file'), 'kept');
  await driver.put('/dir/file', bytes('x'));
  await symlink(outside, join(root, 'dir/link'));
  await driver.delete('/dir');
  expect(await readdir(root)).toEqual([]);
  expect(await readFile(join(outside, 'file'), 'utf8')).toBe('kept');
});

test('a FIFO is nothing and blocks nobody', async () => {
  const { root, driver } = await temporaryStore();
  execFileSync('mkfifo', [join(root, 'fifo')]);
  await expect(driver.get('/fifo')).rejects.toEqual(NOT_FOUND);
  await expect(driver.stat('/fifo')).rejects.toEqual(NOT_FOUND);
  await expect(driver.writer('/fifo')).rejects.toEqual(INVALID);
  expect(await namesIn(driver, '/')).toEqual([]);
});

test('a root that is a link is resolved once', async () => {
  const real = await temporaryDirectory();
  const link = join(await temporaryDirectory(), 'link');
  await symlink(real, link);
  const driver = await filesystem.create({ rootdirectory: link });
  expect(driver.capabilities.roots).toEqual([real]);
  await driver.put('/a/b', bytes('x'));
  expect(text(await driver.get('/a/b'))).toBe('x');
  expect(await readFile(join(real, 'a/b'), 'utf8')).toBe('x');
});

test('names that are no part of a legal path are not shown', async () => {
  const { root, driver } = await temporaryStore();
  await driver.put('/dir/file', bytes('x'));
  for (const name of ['with space', '~', 'lost+found', '\u00fc'])
    await writeFile(join(root, 'dir', name), '');
  expect(await namesIn(driver, '/')).toEqual(['/dir', '/dir/file']);
});

const TEMPORARY = 'link.6fa459ea-ee8a-4ca4-894e-db77e160355e.tmp';

test('temporary files are not shown, found or made', async () => {
  const { root, driver } = await temporaryStore();
  await driver.put('/dir/link', bytes('x'));
  await driver.put('/dir/other.tmp', bytes('x'));
  await writeFile(join(root, 'dir', TEMPORARY), '');
  expect(await namesIn(driver, '/')).toEqual(['/dir', '/dir/link', '/dir/other.tmp']);
  await expectNothingAt(driver, `/dir/${TEMPORARY}`);
  for (const path of [`/dir/${TEMPORARY}`, `/${TEMPORARY}/below`]) {
    await expect(driver.put(path, bytes('x'))).rejects.toEqual(INVALID);
    await expect(driver.writer(path)).rejects.toEqual(INVALID);
    await expect(driver.move('/dir/link', path)).rejects.toEqual(INVALID);
  }
  await driver.delete('/dir');
  expect(await readdir(root)).toEqual([]);
});

test('files are 0640 and directories 0750', async () => {
  const old = process.umask(0o022);
  try {
    const parent = await temporaryDirectory();
    const driver = await filesystem.create({ rootdirectory: join(parent, 'new/root') });
    await driver.put('/a/put', bytes('x'));
    await (await driver.writer('/b/truncate')).commit();
    await (await driver.writer('/c/isolated', { mode: 'isolated' })).commit();
    await driver.move('/a/put', '/d/moved');
    const modeOf = async (path: string) => (await stat(join(parent, path))).mode & 0o777;
    for (const path of ['d/moved', 'b/truncate', 'c/isolated'])
      expect(await modeOf(`new/root/${path}`)).toBe(0o640);
    for (const path of ['new', 'new/root', 'new/root/b', 'new/root/d'])
      expect(await modeOf(path)).toBe(0o750);
  } finally {
    process.umask(old);
  }
});
