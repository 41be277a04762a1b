import type { StorageDriver } from '@outrigger/driver';
import { StorageError } from '@outrigger/driver';
import { expect, test } from 'vitest';
import { purgeUploads } from '../../src/index.js';
import { listPaths, memoryDriver, overrideDriver, pushImage, startRegistry } from '../registry-fixture.js';

const HOUR_MS = 3_600_000;
const AGE_MS = 168 * HOUR_MS;
const UPLOADS = '/docker/registry/v2/repositories/a/b/_uploads';
const ID = '0198c2a0-0000-7000-8000-00000000000';
const LOG = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

const purge = (driver: StorageDriver, dryRun = false) =>
  purgeUploads({ driver, log: LOG, ageMs: AGE_MS, dryRun });

function ago(hours: number): Date {
  return new Date(Date.now() - hours * HOUR_MS);
}

async function putUpload(driver: StorageDriver, id: string, startedAt: string | undefined): Promise<void> {
  if (startedAt !== undefined) await driver.put(`${UPLOADS}/${id}/startedat`, Buffer.from(startedAt));
  await driver.put(`${UPLOADS}/${id}/data`, Buffer.from('some bytes'));
}

/** All data was written so many hours ago, as far as the driver says. */
function writtenAgo(driver: StorageDriver, hours: number): StorageDriver {
  return overrideDriver(driver, {
    stat: async (path, options) => {
      const info = await driver.stat(path, options);
      return path.endsWith('/data') ? { ...info, modTime: ago(hours) } : info;
    },
  });
}

async function uploadsOf(driver: StorageDriver): Promise<string[]> {
  const paths = (await listPaths(driver)).filter((path) => path.startsWith(UPLOADS));
  return [...new Set(paths.map((path) => path.slice(UPLOADS.length + 1).split('/', 1)[0] ?? ''))];
}

test('old uploads go, in repositories that have nothing else, too; nothing else is touched', async () => {
  const driver = await memoryDriver();
  const registry = await startRegistry({ driver });
  await pushImage(registry, 'a', 'v1');
  const before = await listPaths(driver);
  await putUpload(driver, `${ID}1`, ago(169).toISOString());
  await putUpload(driver, `${ID}2`, ago(167).toISOString());
  await driver.put(`${UPLOADS}/not-an-upload/startedat`, Buffer.from(ago(1000).toISOString()));
  const old = writtenAgo(driver, 1000);
  expect(await purge(old, true)).toEqual({ uploads: 1, errors: 0 });
  expect(await uploadsOf(driver)).toHaveLength(3);
  expect(await purge(old)).toEqual({ uploads: 1, errors: 0 });
  expect(await uploadsOf(driver)).toEqual([`${ID}2`, 'not-an-upload']);
  expect(await listPaths(driver)).toEqual(expect.arrayContaining(before));
});

test.each([
  ['without a begin', undefined],
  ['with a begin that is no date', 'yesterday'],
  ['with an empty begin', ''],
])('an upload %s is kept', async (_what, startedAt) => {
  const driver = await memoryDriver();
  await putUpload(driver, `${ID}1`, startedAt);
  expect(await purge(writtenAgo(driver, 1000))).toEqual({ uploads: 0, errors: 0 });
  expect(await uploadsOf(driver)).toHaveLength(1);
});

test('an old upload that is being written to is kept, and can be finished', async () => {
  const driver = await memoryDriver();
  await putUpload(driver, `${ID}1`, ago(1000).toISOString());
  expect(await purge(writtenAgo(driver, 1))).toEqual({ uploads: 0, errors: 0 });
});

test('one that cannot be deleted does not keep the others', async () => {
  const driver = await memoryDriver();
  for (const end of ['1', '2', '3']) await putUpload(driver, ID + end, ago(1000).toISOString());
  const failing = overrideDriver(writtenAgo(driver, 1000), {
    delete: (path, options) =>
      path.endsWith('2')
        ? Promise.reject(new StorageError('UNAVAILABLE', 'busy'))
        : driver.delete(path, options),
  });
  expect(await purge(failing)).toEqual({ uploads: 2, errors: 1 });
});

test('a clock that is wrong by more than 5 minutes: nothing goes', async () => {
  const driver = await memoryDriver();
  await putUpload(driver, `${ID}1`, ago(1000).toISOString());
  const skewed = overrideDriver(driver, {
    stat: async (path, options) => ({ ...(await driver.stat(path, options)), modTime: ago(-1000) }),
  });
  await expect(purge(skewed)).rejects.toThrow('clocks');
  expect(await uploadsOf(driver)).toHaveLength(1);
});
