import type { StorageDriver } from '@outrigger/driver';
import { StorageError } from '@outrigger/driver';
import { expect, onTestFinished, test } from 'vitest';
import { announcePresence } from '../../src/replicas/announce-presence.js';
import {
  bytes,
  memoryDriver,
  overrideDriver,
  pushBlob,
  pushImage,
  putManifest,
  startRegistry,
} from '../registry-fixture.js';
import { comeAs } from './stranger.js';
import { createFakeTime } from './fake-time.js';

const LOG = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

/** A disk that can be filled: nothing can be written then, and everything read and deleted. */
async function fillable() {
  const disk = { isFull: false };
  const driver = await memoryDriver();
  const full = () => Promise.reject(new StorageError('QUOTA_EXCEEDED', 'no space left'));
  const override: Partial<StorageDriver> = {
    put: (path, content, options) => (disk.isFull ? full() : driver.put(path, content, options)),
    writer: (path, options) => (disk.isFull ? full() : driver.writer(path, options)),
  };
  return { disk, driver: overrideDriver(driver, override), raw: driver };
}

async function setUp() {
  const { disk, driver, raw } = await fillable();
  const time = createFakeTime();
  const presence = await announcePresence(driver, LOG, time.options);
  onTestFinished(() => presence.close());
  const registry = await startRegistry({ driver, presence });
  const blob = await pushBlob(registry, 'a', bytes(100));
  const { content, digest } = await pushImage(registry, 'a', 'v1');
  await pushImage(registry, 'a', 'v2');
  return { disk, raw, time, registry, blob, content, digest };
}

test.each([
  ['at once', 0],
  ['when the registry could not show itself for a minute', 60_000],
])('on a full disk deletes work, and pushes get 507: %s', async (_, silence) => {
  const { disk, time, registry, blob, content, digest } = await setUp();
  disk.isFull = true;
  await time.pass(silence);
  expect((await registry.call('DELETE', `a/manifests/${digest}`)).status).toBe(202);
  expect((await registry.call('DELETE', 'a/manifests/v2')).status).toBe(202);
  expect((await registry.call('DELETE', `a/blobs/${blob}`)).status).toBe(202);
  expect((await putManifest(registry, 'a', 'v3', content)).status).toBe(507);
  expect((await registry.call('GET', `a/manifests/${digest}`)).status).toBe(404);
  disk.isFull = false;
  const state = { isAnswered: false };
  const answer = putManifest(registry, 'a', 'v3', content).finally(() => {
    state.isAnswered = true;
  });
  // It may have to join anew.
  while (!state.isAnswered) await time.pass(500);
  expect((await answer).status).toBe(201);
});

test('whoever was silent, and is not alone, may not delete: the others may count it as dead', async () => {
  const { disk, raw, time, registry, blob } = await setUp();
  await comeAs(raw, 'another');
  disk.isFull = true;
  await time.pass(30_000);
  expect((await registry.call('DELETE', `a/blobs/${blob}`)).status).toBe(507);
  expect((await registry.call('HEAD', `a/blobs/${blob}`)).status).toBe(200);
});
