import type { StorageDriver } from '@outrigger/driver';
import { StorageError } from '@outrigger/driver';
import { expect, onTestFinished, test, vi } from 'vitest';
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
import type { FakeTime } from './fake-time.js';
import { createFakeTime, settle } from './fake-time.js';

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

/** The driver is that of one process. */
async function start(driver: StorageDriver, time: FakeTime) {
  const presence = await announcePresence(driver, LOG, time.options);
  onTestFinished(() => presence.close());
  return { presence, registry: await startRegistry({ driver, presence }) };
}

async function setUp() {
  const { disk, driver, raw } = await fillable();
  const time = createFakeTime();
  const { presence, registry } = await start(driver, time);
  const blob = await pushBlob(registry, 'a', bytes(100));
  const { content, digest } = await pushImage(registry, 'a', 'v1');
  await pushImage(registry, 'a', 'v2');
  return { disk, driver, raw, time, presence, registry, blob, content, digest };
}

/** What is answered to a registry that may have to join first. */
async function whileTimePasses<T>(time: FakeTime, answer: Promise<T>): Promise<T> {
  const state = { isAnswered: false };
  const answered = answer.finally(() => {
    state.isAnswered = true;
  });
  while (!state.isAnswered) await time.pass(500);
  return answered;
}

/** The same store after a restart on a full disk. */
async function restartFull() {
  const before = await setUp();
  await before.presence.close();
  before.disk.isFull = true;
  return { ...before, ...(await start(before.driver, before.time)) };
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
  expect((await whileTimePasses(time, putManifest(registry, 'a', 'v3', content))).status).toBe(201);
});

test('whoever was silent, and is not alone, may not delete: the others may count it as dead', async () => {
  const { disk, raw, time, registry, blob } = await setUp();
  await comeAs(raw, 'another');
  disk.isFull = true;
  await time.pass(30_000);
  expect((await registry.call('DELETE', `a/blobs/${blob}`)).status).toBe(507);
  expect((await registry.call('HEAD', `a/blobs/${blob}`)).status).toBe(200);
});

test('a registry that starts on a full disk serves pulls and deletes, and is sure of itself when there is room', async () => {
  const { disk, time, presence, registry, blob, content, digest } = await restartFull();
  expect((await registry.call('GET', 'a/manifests/v1')).status).toBe(200);
  expect((await registry.call('GET', `a/blobs/${blob}`)).status).toBe(200);
  expect(presence.isAlone()).toBe(false);
  expect(presence.id).toBeUndefined();
  expect((await putManifest(registry, 'a', 'v3', content)).status).toBe(507);
  expect((await registry.call('DELETE', 'a/manifests/v2')).status).toBe(202);
  expect((await registry.call('DELETE', `a/blobs/${blob}`)).status).toBe(202);
  expect((await registry.call('DELETE', `a/manifests/${digest}`)).status).toBe(202);
  expect(await presence.findAlone()).toBe(false);
  disk.isFull = false;
  expect((await whileTimePasses(time, putManifest(registry, 'a', 'v3', content))).status).toBe(201);
  expect(await presence.findAlone()).toBe(true);
  expect(presence.id).toBeDefined();
});

test('one that nobody asks for anything joins by itself when there is room', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  onTestFinished(() => void vi.useRealTimers());
  const { disk, time, presence } = await restartFull();
  const beat = async () => {
    await time.pass(15_000);
    vi.advanceTimersByTime(15_000);
    await settle();
  };
  await beat();
  expect(presence.id).toBeUndefined();
  disk.isFull = false;
  await beat();
  expect(presence.id).toBeDefined();
  expect(presence.isAlone()).toBe(true);
});

test('one that starts on a full disk beside another, which does not know of it, may not delete before there is room', async () => {
  const { disk, raw, time, presence, registry, blob } = await restartFull();
  await comeAs(raw, 'another');
  expect((await registry.call('DELETE', `a/blobs/${blob}`)).status).toBe(507);
  expect((await registry.call('GET', `a/blobs/${blob}`)).status).toBe(200);
  expect(presence.others).toBe(1);
  disk.isFull = false;
  expect((await whileTimePasses(time, registry.call('DELETE', `a/blobs/${blob}`))).status).toBe(202);
  expect(presence.isAlone()).toBe(false);
});
