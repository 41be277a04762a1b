import type { StorageDriver } from '@outrigger/driver';
import { StorageError } from '@outrigger/driver';
import { expect, test } from 'vitest';
import type { TestRegistry } from '../registry-fixture.js';
import { listPaths, memoryDriver, overrideDriver, pushImage, startRegistry } from '../registry-fixture.js';

const ROOT = '/docker/registry/v2';
const OURS = `${ROOT}/repositories/a/_outrigger`;

interface Pushed {
  readonly digest: string;
  readonly content: Buffer;
}

/** An image with one referrer, as a registry leaves them that knows no referrers. */
async function foreignStore(): Promise<{ driver: StorageDriver; subject: Pushed; referrer: Pushed }> {
  const driver = await memoryDriver();
  const registry = await startRegistry({ driver });
  const subject = await pushImage(registry, 'a', 'v1');
  const referrer = await pushImage(registry, 'a', 'sbom', referringTo(subject));
  await driver.delete(OURS);
  return { driver, subject, referrer };
}

function referringTo({ digest, content }: Pushed) {
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  return {
    artifactType: 'application/vnd.example',
    subject: { mediaType, digest, size: content.length },
  };
}

async function referrersOf(registry: TestRegistry, { digest }: Pushed): Promise<string[]> {
  const answer = await registry.call('GET', `a/referrers/${digest}`);
  expect(answer.status).toBe(200);
  const { manifests } = (await answer.json()) as { manifests: { digest: string }[] };
  return manifests.map((each) => each.digest);
}

test('referrers that another registry took are listed', async () => {
  const { driver, subject, referrer } = await foreignStore();
  const registry = await startRegistry({ driver });
  expect(await referrersOf(registry, subject)).toEqual([referrer.digest]);
  expect(registry.lines).toContain('info referrers that another registry took are filed');
});

test('a store that cannot be written to lists them all the same', async () => {
  const { driver, subject, referrer } = await foreignStore();
  await referrersOf(await startRegistry({ driver }), subject);
  await driver.delete(`${OURS}/without-subject`);
  const full = overrideDriver(driver, {
    put: () => Promise.reject(new StorageError('QUOTA_EXCEEDED', 'no space left')),
  });
  expect(await referrersOf(await startRegistry({ driver: full }), subject)).toEqual([referrer.digest]);
});

test('manifests without a subject are read once, not by every process', async () => {
  const { driver, subject, referrer } = await foreignStore();
  await referrersOf(await startRegistry({ driver }), subject);
  const read: string[] = [];
  const watched = overrideDriver(driver, {
    get: (path, options) => {
      read.push(path);
      return driver.get(path, options);
    },
  });
  expect(await referrersOf(await startRegistry({ driver: watched }), subject)).toEqual([referrer.digest]);
  expect(read.filter((path) => path.endsWith('/data'))).toEqual([]);
});

test('a referrer that was deleted here, and pushed again there, is listed', async () => {
  const { driver, subject, referrer } = await foreignStore();
  const registry = await startRegistry({ driver });
  await referrersOf(registry, subject);
  expect((await registry.call('DELETE', `a/manifests/${referrer.digest}`)).status).toBe(202);
  expect(await referrersOf(registry, subject)).toEqual([]);
  const hex = referrer.digest.slice('sha256:'.length);
  const link = `${ROOT}/repositories/a/_manifests/revisions/sha256/${hex}/link`;
  await driver.put(link, Buffer.from(referrer.digest));
  expect(await referrersOf(await startRegistry({ driver }), subject)).toEqual([referrer.digest]);
});

test('content that is gone or is no manifest is passed over', async () => {
  const { driver, subject, referrer } = await foreignStore();
  for (const hex of ['0'.repeat(64), '1'.repeat(64)]) {
    const link = `${ROOT}/repositories/a/_manifests/revisions/sha256/${hex}/link`;
    await driver.put(link, Buffer.from(`sha256:${hex}`));
  }
  await driver.put(`${ROOT}/blobs/sha256/11/${'1'.repeat(64)}/data`, Buffer.from('rotten'));
  const registry = await startRegistry({ driver });
  expect(await referrersOf(registry, subject)).toEqual([referrer.digest]);
});

test('a store that fails meanwhile: 503, and the next request begins again', async () => {
  const { driver, subject, referrer } = await foreignStore();
  let isDown = true;
  const failing = overrideDriver(driver, {
    list: (path, options) =>
      isDown ? Promise.reject(new StorageError('UNAVAILABLE', 'down')) : driver.list(path, options),
  });
  const registry = await startRegistry({ driver: failing });
  expect((await registry.call('GET', `a/referrers/${subject.digest}`)).status).toBe(503);
  isDown = false;
  expect(await referrersOf(registry, subject)).toEqual([referrer.digest]);
});

test('a repository that does not exist gets no files', async () => {
  const driver = await memoryDriver();
  const registry = await startRegistry({ driver });
  expect((await registry.call('GET', `none/referrers/sha256:${'0'.repeat(64)}`)).status).toBe(200);
  expect(await listPaths(driver).catch(() => [])).toEqual([]);
});
