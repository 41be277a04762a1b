import { readFile } from 'node:fs/promises';
import { InvalidParametersError } from '@outrigger/driver';
import { expect, test } from 'vitest';
import { parseParameters } from '../src/config.js';
import { gcs } from '../src/index.js';

const bucket = 'images';

test('defaults are those of Distribution', () => {
  expect(parseParameters({ bucket })).toEqual({
    bucket,
    keyPrefix: '',
    keyFile: undefined,
    credentials: undefined,
    chunkSize: 16 * 1024 * 1024,
    userAgent: undefined,
    maxConcurrency: 50,
    abandonedAfterMs: undefined,
    endpoint: 'https://storage.googleapis.com',
  });
});

test.each([
  ['', ''],
  ['/', ''],
  ['registry', 'registry/'],
  ['/registry/prod/', 'registry/prod/'],
  [null, ''],
])('rootdirectory %j makes keys begin with %j', (rootdirectory, expected) => {
  expect(parseParameters({ bucket, rootdirectory }).keyPrefix).toBe(expected);
});

test.each([
  [30, 30],
  ['30', 30],
  [3, 25],
  ['0', 25],
  [null, 50],
])('maxconcurrency %j is %i', (maxconcurrency, expected) => {
  expect(parseParameters({ bucket, maxconcurrency }).maxConcurrency).toBe(expected);
});

test.each([
  [262_144, 262_144],
  ['5242880', 5_242_880],
])('chunksize %j is %i', (chunksize, expected) => {
  expect(parseParameters({ bucket, chunksize }).chunkSize).toBe(expected);
});

test('abandonedafter is a duration', () => {
  expect(parseParameters({ bucket, abandonedafter: '1h30m' }).abandonedAfterMs).toBe(5_400_000);
});

test.each([
  ['http://127.0.0.1:4443', 'http://127.0.0.1:4443'],
  ['https://storage-mine.p.googleapis.com/', 'https://storage-mine.p.googleapis.com'],
])('endpoint %s is %s', (endpoint, expected) => {
  expect(parseParameters({ bucket, endpoint }).endpoint).toBe(expected);
});

test.each([
  [{}, ['bucket']],
  [{ bucket: '' }, ['bucket']],
  [{ bucket: 's3cret/../b' }, ['bucket']],
  [{ bucket: 7 }, ['bucket']],
  [{ bucket, chunksize: 1000 }, ['chunksize']],
  [{ bucket, chunksize: 262_145 }, ['chunksize']],
  [{ bucket, chunksize: 's3cret' }, ['chunksize']],
  [{ bucket, chunksize: 2 ** 40 }, ['chunksize']],
  [{ bucket, maxconcurrency: 's3cret' }, ['maxconcurrency']],
  [{ bucket, credentials: 's3cret' }, ['credentials']],
  [{ bucket, rootdirectory: 'a//s3cret' }, ['rootdirectory']],
  [{ bucket, abandonedafter: 's3cret' }, ['abandonedafter']],
  [{ bucket, endpoint: 's3cret' }, ['endpoint']],
  [{ bucket, endpoint: 'https://user:s3cret@host' }, ['endpoint']],
  [{ bucket, endpoint: 'https://host/s3cret' }, ['endpoint']],
  [{ bucket, nosuch: 's3cret' }, ['nosuch']],
])('%j is refused, naming the keys and no value', async (parameters, keys) => {
  const error: unknown = await gcs.create(parameters).catch((thrown: unknown) => thrown);
  if (!(error instanceof InvalidParametersError)) throw error;
  expect(error.issues.map(({ key }) => key).sort()).toEqual(keys);
  expect(error.message).not.toContain('s3cret');
});

test('the schema flags the secret and the path, and knows every key', () => {
  expect(gcs.parameters).toMatchObject({
    type: 'object',
    additionalProperties: false,
    required: ['bucket'],
    properties: {
      bucket: {},
      keyfile: { 'x-path': true },
      credentials: { 'x-secret': true },
      rootdirectory: {},
      chunksize: { default: 16_777_216 },
      useragent: {},
      maxconcurrency: { default: 50 },
      abandonedafter: {},
      endpoint: {},
    },
  });
});

test('the environment that finds default credentials is asked for, that of an emulator is not', () => {
  expect(gcs.environment).toContain('GOOGLE_APPLICATION_CREDENTIALS');
  expect(gcs.environment).not.toContain('STORAGE_EMULATOR_HOST');
});

test('the version is that of the package', async () => {
  const manifest: unknown = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8'));
  expect(manifest).toMatchObject({ version: gcs.version });
});
