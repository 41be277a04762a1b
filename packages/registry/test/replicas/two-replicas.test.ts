import type { StorageDriver } from '@outrigger/driver';
import { expect, test } from 'vitest';
import { blobData } from '../../src/layout/distribution/paths.js';
import { parseDigest } from '../../src/reference/digest.js';
import type { TestRegistry } from '../registry-fixture.js';
import {
  bytes,
  digestOf,
  errorCode,
  header,
  listPaths,
  memoryDriver,
  pushBlob,
  pushImage,
  startUpload,
  withDigest,
} from '../registry-fixture.js';
import { STORES, startBoth } from './start-both.js';

const at = (location: string, { origin }: TestRegistry) => {
  const { pathname, search } = new URL(location);
  return `${origin}${pathname}${search}`;
};

async function patch(registry: TestRegistry, location: string, body: Uint8Array): Promise<string> {
  const answer = await registry.call('PATCH', at(location, registry), { body });
  expect(answer.status).toBe(202);
  return header(answer, 'location');
}

test.each([
  ['A', 'A', 'B'],
  ['A', 'B', 'A'],
  ['B', 'A', 'B'],
  ['B', 'B', 'A'],
])('an upload whose requests go to %s, %s and %s', async (...order) => {
  const [a, b] = await startBoth(await memoryDriver());
  const [first, second, last] = order.map((name) => (name === 'A' ? a : b)) as [
    TestRegistry,
    TestRegistry,
    TestRegistry,
  ];
  const content = bytes(300_000);
  let location = await startUpload(first, 'a');
  location = await patch(first, location, content.subarray(0, 100_000));
  location = await patch(second, location, content.subarray(100_000));
  const digest = digestOf(content);
  const put = await last.call('PUT', at(withDigest(location, digest), last));
  expect(put.status).toBe(201);
  for (const registry of [a, b]) {
    const answer = await registry.call('GET', `a/blobs/${digest}`);
    expect(digestOf(Buffer.from(await answer.arrayBuffer()))).toBe(digest);
  }
});

/** Holds back whoever has just opened the data of an upload. */
function holdWriter(driver: StorageDriver) {
  const opened = Promise.withResolvers<undefined>();
  const go = Promise.withResolvers<undefined>();
  const override: Partial<StorageDriver> = {
    writer: async (path, options) => {
      const writer = await driver.writer(path, options);
      if (!path.endsWith('/data') || options?.mode === 'isolated') return writer;
      opened.resolve(undefined);
      await go.promise;
      return writer;
    },
  };
  return { override, opened: opened.promise, go: () => go.resolve(undefined) };
}

test.each(['whole', 'in chunks'])(
  'an upload that was begun while the other was not there yet is ended there, %s',
  async (how) => {
    const driver = await memoryDriver();
    let location = '';
    const [a, b] = await startBoth(driver, {}, async (first) => {
      location = await startUpload(first, 'a');
    });
    expect((await listPaths(driver)).filter((path) => path.includes('_uploads'))).toEqual([]);
    const content = bytes(1000);
    if (how === 'in chunks') location = await patch(b, location, content);
    const body = how === 'in chunks' ? undefined : content;
    const put = await b.call('PUT', at(withDigest(location, digestOf(content)), b), { body });
    expect(put.status).toBe(201);
    expect((await a.call('GET', `a/blobs/${digestOf(content)}`)).status).toBe(200);
    expect((await listPaths(driver)).filter((path) => path.includes('_uploads'))).toEqual([]);
  },
);

test('both write to one upload: a digest that its data do not have is refused, though one of them has seen it', async () => {
  const driver = await memoryDriver();
  const hold = holdWriter(driver);
  const [a, b] = await startBoth(driver, hold.override);
  const good = bytes(50_000);
  const location = await startUpload(a, 'a');
  const writing = b.call('PATCH', at(location, b), { body: bytes(50_000) });
  await hold.opened;
  const after = await patch(a, location, good);
  hold.go();
  expect((await writing).status).toBe(202);
  const put = await a.call('PUT', withDigest(after, digestOf(good)));
  expect(put.status).toBe(400);
  expect(await errorCode(put)).toBe('DIGEST_INVALID');
  expect((await b.call('HEAD', `a/blobs/${digestOf(good)}`)).status).toBe(404);
});

test('one that still writes to an upload does not write to the blob that the other made of it', async () => {
  const driver = await memoryDriver();
  const hold = holdWriter(driver);
  const [a, b] = await startBoth(driver, hold.override);
  const content = bytes(50_000);
  const digest = digestOf(content);
  const location = await startUpload(a, 'a');
  const after = await patch(a, location, content);
  const body = bytes(1000);
  const writing = b.call('PATCH', at(after, b), { body });
  await hold.opened;
  expect((await a.call('PUT', withDigest(after, digest))).status).toBe(201);
  hold.go();
  await (await writing).arrayBuffer();
  expect(digestOf(await driver.get(blobData(parseDigest(digest))))).toBe(digest);
});

test('data that the other one is just placing is not begun anew', async () => {
  const driver = await memoryDriver();
  const [a, b] = await startBoth(driver);
  const location = await patch(a, await startUpload(a, 'a'), bytes(100));
  const { pathname } = new URL(location);
  const id = pathname.slice(pathname.lastIndexOf('/') + 1);
  await driver.delete(`/docker/registry/v2/repositories/a/_uploads/${id}/data`);
  const put = await b.call('PUT', at(withDigest(location, digestOf('x')), b));
  expect(put.status).toBe(416);
  expect(header(put, 'range')).toBe('0-0');
  expect((await a.call('GET', location)).status).toBe(204);
});

test.each(Object.entries(STORES))(
  '%s: beside others links are read from the store every time',
  async (_, made) => {
    const driver = made(await memoryDriver());
    const [a, b] = await startBoth(driver);
    const first = await pushImage(a, 'a', 'v1');
    expect(header(await b.call('HEAD', 'a/manifests/v1'), 'docker-content-digest')).toBe(first.digest);
    const second = await pushImage(a, 'a', 'v1');
    expect(header(await b.call('HEAD', 'a/manifests/v1'), 'docker-content-digest')).toBe(second.digest);
    expect((await a.call('DELETE', 'a/manifests/v1')).status).toBe(202);
    expect((await b.call('HEAD', 'a/manifests/v1')).status).toBe(404);
    const blob = await pushBlob(a, 'a', bytes(10));
    expect((await b.call('HEAD', `a/blobs/${blob}`)).status).toBe(200);
    expect((await a.call('DELETE', `a/blobs/${blob}`)).status).toBe(202);
    expect((await b.call('HEAD', `a/blobs/${blob}`)).status).toBe(404);
  },
);
