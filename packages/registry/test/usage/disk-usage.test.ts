import { expect, test } from 'vitest';
import { measureUsage } from '../../src/index.js';
import { putLink } from '../../src/layout/distribution/links.js';
import { DELETED, uploadData } from '../../src/layout/paths.js';
import { blobData, layerLink } from '../../src/layout/distribution/paths.js';
import { digestOf } from '../../src/reference/digest.js';
import { bytes, makeImage, memoryDriver, pushBlob, putManifest, startRegistry } from '../registry-fixture.js';

test('what is shared is counted in each repository, and once in the store', async () => {
  const registry = await startRegistry();
  const manifest = await makeImage(registry, 'a', {});
  await putManifest(registry, 'a', 'latest', manifest);
  const [shared, own] = [bytes(1000), bytes(500)];
  for (const name of ['a', 'b']) await pushBlob(registry, name, shared);
  await pushBlob(registry, 'b', own);
  const usage = await measureUsage(registry.driver);
  const image = 32 + 64 + manifest.length;
  const uploads = { count: 0, bytes: 0 };
  expect(usage).toMatchObject({
    repositories: [
      { name: 'a', blobs: 4, logical: image + 1000, own: image, shared: 1000, missing: 0, uploads },
      { name: 'b', blobs: 2, logical: 1500, own: 500, shared: 1000, missing: 0, uploads },
    ],
    logical: image + 2500,
    stored: { count: 5, bytes: image + 1500 },
    saved: 1000,
    unused: { count: 0, bytes: 0 },
    total: image + 1500,
  });
});

test('uploads, what no repository has, what is half deleted, and what is missing', async () => {
  const driver = await memoryDriver();
  await driver.put(uploadData('up', 'an-id'), bytes(300));
  const [garbage, gone] = [bytes(40), digestOf(bytes(10), 'sha256')];
  await driver.put(blobData(digestOf(garbage, 'sha256')), garbage);
  await driver.put(`${DELETED}/x/data`, bytes(7));
  await putLink(driver, layerLink('broken', gone), gone);
  const usage = await measureUsage(driver);
  const [broken, up] = usage.repositories;
  expect(broken).toMatchObject({ name: 'broken', blobs: 1, logical: 0, missing: 1 });
  expect(up).toMatchObject({ name: 'up', blobs: 0, logical: 0, uploads: { count: 1, bytes: 300 } });
  expect(usage.unused).toEqual({ count: 1, bytes: 40 });
  expect(usage.halfDeleted).toEqual({ count: 1, bytes: 7 });
  expect(usage.saved).toBe(0);
});

test('a sha512 that Distribution keeps under its sha256 is found', async () => {
  const driver = await memoryDriver();
  const content = bytes(100);
  const target = digestOf(content, 'sha256');
  await driver.put(blobData(target), content);
  await putLink(driver, layerLink('a', digestOf(content, 'sha512')), target);
  const usage = await measureUsage(driver);
  expect(usage.repositories).toMatchObject([{ blobs: 1, logical: 100, own: 100, missing: 0 }]);
});

test('an empty store', async () => {
  expect(await measureUsage(await memoryDriver())).toMatchObject({ repositories: [], total: 0, saved: 0 });
});
