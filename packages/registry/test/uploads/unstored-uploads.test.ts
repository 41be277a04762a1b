import type { StorageDriver } from '@outrigger/driver';
import { expect, test } from 'vitest';
import type { RegistryOptions } from '../../src/index.js';
import { ALWAYS_ALONE } from '../../src/replicas/presence.js';
import { newUploadId } from '../../src/uploads/upload-id.js';
import { packUploadState } from '../../src/uploads/upload-token.js';
import type { TestRegistry } from '../registry-fixture.js';
import {
  bytes,
  digestOf,
  errorCode,
  header,
  listPaths,
  memoryDriver,
  overrideDriver,
  startRegistry,
  startUpload,
  withDigest,
} from '../registry-fixture.js';

const CONTENT = bytes(1000);
const DIGEST = digestOf(CONTENT);

function startLone(driver: StorageDriver, options: Partial<RegistryOptions> = {}): Promise<TestRegistry> {
  return startRegistry({ driver, presence: ALWAYS_ALONE, ...options });
}

/** A location of another registry of the same store. */
function at({ origin }: TestRegistry, location: string): string {
  const { pathname, search } = new URL(location);
  return `${origin}${pathname}${search}`;
}

async function finish(registry: TestRegistry, location: string, body: Uint8Array = CONTENT) {
  return registry.call('PUT', withDigest(at(registry, location), DIGEST), { body });
}

test('an upload that is sent in one piece leaves nothing but the blob in the store, at no time', async () => {
  const driver = await memoryDriver();
  const written: string[] = [];
  const note = (path: string) => void written.push(path);
  const registry = await startLone(
    overrideDriver(driver, {
      put: (path, content, options) => {
        note(path);
        return driver.put(path, content, options);
      },
      delete: (path, options) => {
        note(path);
        return driver.delete(path, options);
      },
    }),
  );
  const location = await startUpload(registry, 'a');
  expect(await listPaths(driver)).toEqual([]);
  expect((await finish(registry, location)).status).toBe(201);
  expect(written.filter((path) => path.includes('_uploads'))).toEqual([]);
  expect((await registry.call('GET', `a/blobs/${DIGEST}`)).status).toBe(200);
  const again = await finish(registry, location);
  expect([again.status, await errorCode(again)]).toEqual([404, 'BLOB_UPLOAD_UNKNOWN']);
  expect((await registry.call('GET', location)).status).toBe(404);
});

test('it can be asked for, with and without its token, and cancelled', async () => {
  const registry = await startLone(await memoryDriver());
  const location = await startUpload(registry, 'a');
  const { pathname } = new URL(location);
  for (const url of [location, `${registry.origin}${pathname}`]) {
    const status = await registry.call('GET', url);
    expect([status.status, status.headers.get('range')]).toEqual([204, '0-0']);
  }
  const elsewhere = `${registry.origin}${pathname.replace('/a/', '/b/')}`;
  expect((await registry.call('GET', elsewhere)).status).toBe(404);
  expect((await registry.call('DELETE', location)).status).toBe(204);
  for (const method of ['GET', 'PATCH', 'PUT', 'DELETE'])
    expect((await registry.call(method, withDigest(location, DIGEST))).status).toBe(404);
});

test.each(['POST', 'GET', 'GET without a token'])(
  'the location of a %s is good after a restart, and ends there',
  async (from) => {
    const driver = await memoryDriver();
    const first = await startLone(driver);
    let location = await startUpload(first, 'a');
    if (from !== 'POST') {
      const { pathname } = new URL(location);
      const url = from === 'GET' ? location : `${first.origin}${pathname}`;
      location = header(await first.call('GET', url), 'location');
    }
    const second = await startLone(driver);
    expect((await second.call('GET', at(second, location))).status).toBe(204);
    expect((await finish(second, location)).status).toBe(201);
    expect((await second.call('GET', at(second, location))).status).toBe(404);
    expect((await listPaths(driver)).filter((path) => path.includes('_uploads'))).toEqual([]);
  },
);

test('with its first byte it is in the store, its begin before its data, and stays what it was', async () => {
  const driver = await memoryDriver();
  const made: string[] = [];
  const registry = await startLone(
    overrideDriver(driver, {
      put: async (path, content, options) => {
        await driver.put(path, content, options);
        made.push(path.slice(path.lastIndexOf('/') + 1));
      },
      writer: (path, options) => {
        made.push(path.slice(path.lastIndexOf('/') + 1));
        return driver.writer(path, options);
      },
    }),
  );
  const location = await startUpload(registry, 'a');
  const body = CONTENT.subarray(0, 400);
  const patched = await registry.call('PATCH', location, { body });
  expect([patched.status, patched.headers.get('range')]).toEqual([202, '0-399']);
  expect(made).toEqual(['startedat', 'data']);
  // A repeated request must not add its bytes again.
  const repeated = await registry.call('PATCH', location, { body });
  expect([repeated.status, repeated.headers.get('range')]).toEqual([416, '0-399']);
  const second = await startLone(driver);
  const status = await second.call('GET', at(second, location));
  expect(status.headers.get('range')).toBe('0-399');
  expect((await finish(second, header(patched, 'location'), CONTENT.subarray(400))).status).toBe(201);
  expect((await second.call('GET', at(second, location))).status).toBe(404);
  expect((await listPaths(driver)).filter((path) => path.includes('_uploads'))).toEqual([]);
});

test('what was wrong in one piece leaves the upload as it was, or nothing', async () => {
  const driver = await memoryDriver();
  const registry = await startLone(driver);
  const location = await startUpload(registry, 'a');
  const chunk = await registry.call('PUT', withDigest(location, DIGEST), {
    body: CONTENT,
    headers: { 'content-range': '5-1004' },
  });
  expect(chunk.status).toBe(416);
  expect((await finish(registry, location)).status).toBe(201);
  const other = await startUpload(registry, 'a');
  const wrong = await finish(registry, other, CONTENT.subarray(1));
  expect([wrong.status, await errorCode(wrong)]).toEqual([400, 'DIGEST_INVALID']);
  expect((await registry.call('GET', other)).status).toBe(404);
  expect((await listPaths(driver)).filter((path) => path.includes('_uploads'))).toEqual([]);
});

test.each([
  ['too old', 8 * 24 * 3_600_000, true, 404],
  ['young', 3_600_000, true, 204],
  ['one that the store should know', 3_600_000, undefined, 404],
] as const)('a token that is %s', async (_, age, isUnstored, status) => {
  const registry = await startLone(await memoryDriver());
  const id = newUploadId();
  const state = { name: 'a', id, offset: 0, startedAt: new Date(Date.now() - age), isUnstored };
  const token = encodeURIComponent(packUploadState(Buffer.from('a secret'), state));
  expect((await registry.call('GET', `a/blobs/uploads/${id}?_state=${token}`)).status).toBe(status);
});
