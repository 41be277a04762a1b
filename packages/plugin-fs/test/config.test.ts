import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InvalidParametersError } from '@outrigger/driver';
import { expect, test } from 'vitest';
import { parseParameters } from '../src/config.js';
import { filesystem } from '../src/index.js';
import { temporaryDirectory } from './temporary-store.js';

test('defaults are those of Distribution, and durable', () => {
  expect(parseParameters({})).toEqual({
    rootDirectory: '/var/lib/registry',
    maxThreads: 100,
    commit: 'durable',
  });
});

test.each([
  [30, 30],
  ['30', 30],
  [3, 25],
  ['0', 25],
  [-5, 25],
  [null, 100],
])('maxthreads %j is %i', (maxthreads, expected) => {
  expect(parseParameters({ maxthreads }).maxThreads).toBe(expected);
});

test.each([
  [{ rootdir: 's3cret' }, ['rootdir']],
  [{ rootdirectory: '' }, ['rootdirectory']],
  [{ rootdirectory: 's3cret\0' }, ['rootdirectory']],
  [{ maxthreads: 's3cret' }, ['maxthreads']],
  [{ maxthreads: 1.5 }, ['maxthreads']],
  [{ commit: 's3cret', nosuch: 's3cret' }, ['commit', 'nosuch']],
])('%j is refused, naming the keys and no value', async (parameters, keys) => {
  const error: unknown = await filesystem.create(parameters).catch((thrown: unknown) => thrown);
  if (!(error instanceof InvalidParametersError)) throw error;
  expect(error.issues.map(({ key }) => key).sort()).toEqual(keys);
  expect(error.message).not.toContain('s3cret');
});

test('the schema flags the path and knows every key', () => {
  expect(filesystem.parameters).toMatchObject({
    type: 'object',
    additionalProperties: false,
    properties: {
      rootdirectory: { 'x-path': true },
      maxthreads: {},
      commit: { enum: ['durable', 'relaxed'] },
    },
  });
  expect(filesystem.parameters).not.toHaveProperty('required');
});

test('a root that is a file is refused, naming the parameter', async () => {
  const root = join(await temporaryDirectory(), 'file');
  await writeFile(root, '');
  const error: unknown = await filesystem.create({ rootdirectory: root }).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(InvalidParametersError);
  expect(String(error)).toContain('rootdirectory: cannot be made or opened (EEXIST)');
  expect(String(error)).not.toContain(root);
});

test('the version is that of the package', async () => {
  const manifest: unknown = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8'));
  expect(manifest).toMatchObject({ version: filesystem.version });
});
