import { randomUUID } from 'node:crypto';
import type { StorageDriver } from '@outrigger/driver';
import { StorageError } from '@outrigger/driver';
import { expect, test } from 'vitest';
import { purgeAside } from '../../src/index.js';
import { moveAside } from '../../src/layout/aside.js';
import { newUploadId } from '../../src/uploads/upload-id.js';
import { listPaths, memoryDriver, overrideDriver, pushBlob, startRegistry } from '../registry-fixture.js';

const DELETED = '/docker/registry/v2/_outrigger/deleted';
const DAY_MS = 24 * 3_600_000;
const LOG = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

const purge = (driver: StorageDriver, dryRun = false) => purgeAside({ driver, log: LOG, dryRun });

const asideSince = (ago: number) => `${DELETED}/${newUploadId(Date.now() - ago)}`;

async function left(driver: StorageDriver): Promise<string[]> {
  return (await listPaths(driver)).filter((path) => path.startsWith(DELETED));
}

test('what lies aside for a day is deleted, and nothing else is touched', async () => {
  const driver = await memoryDriver();
  const registry = await startRegistry({ driver });
  await pushBlob(registry, 'a', Buffer.from('kept'));
  const before = await listPaths(driver);
  const [old, young] = [asideSince(DAY_MS + 60_000), asideSince(DAY_MS - 60_000)];
  await driver.put(`${old}/link`, Buffer.from('x'));
  await driver.put(`${old}/a/b/link`, Buffer.from('x'));
  await driver.put(`${young}/link`, Buffer.from('x'));
  expect(await purge(driver, true)).toBe(1);
  expect(await left(driver)).toHaveLength(3);
  expect(await purge(driver)).toBe(1);
  expect(await left(driver)).toEqual([`${young}/link`]);
  expect(await listPaths(driver)).toEqual(expect.arrayContaining(before));
});

test('a name that tells no time counts from the last change', async () => {
  const driver = await memoryDriver();
  const path = `${DELETED}/${randomUUID()}`;
  await driver.put(`${path}/link`, Buffer.from('x'));
  expect(await purge(driver)).toBe(0);
  const older = overrideDriver(driver, {
    stat: async (each, options) => {
      const info = await driver.stat(each, options);
      return each === path ? { ...info, modTime: new Date(Date.now() - 2 * DAY_MS) } : info;
    },
  });
  expect(await purge(older)).toBe(1);
  expect(await left(driver)).toEqual([]);
});

test('a store without any is not written to', async () => {
  const driver = await memoryDriver();
  expect(await purge(driver)).toBe(0);
  expect(await listPaths(driver)).toEqual([]);
});

test('a directory that was left by a crash goes a day later', async () => {
  const driver = await memoryDriver();
  await driver.put('/docker/registry/v2/x/link', Buffer.from('x'));
  const aside = await moveAside(driver, '/docker/registry/v2/x');
  expect(await moveAside(driver, '/docker/registry/v2/x')).toBeUndefined();
  expect(await left(driver)).toEqual([`${aside ?? ''}/link`]);
  expect(await purge(driver)).toBe(0);
});

test('a wrong clock deletes nothing, and a failure is told', async () => {
  const driver = await memoryDriver();
  await driver.put(`${asideSince(2 * DAY_MS)}/link`, Buffer.from('x'));
  const skewed = overrideDriver(driver, {
    stat: async (path, options) => ({
      ...(await driver.stat(path, options)),
      modTime: new Date(Date.now() + DAY_MS),
    }),
  });
  await expect(purge(skewed)).rejects.toThrow('minutes apart');
  const failing = overrideDriver(driver, {
    delete: () => Promise.reject(new StorageError('UNAVAILABLE', 'busy')),
  });
  await expect(purge(failing)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  expect(await left(driver)).toHaveLength(1);
});
