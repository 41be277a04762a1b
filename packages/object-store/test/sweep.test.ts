import { randomUUID } from 'node:crypto';
import { type Capabilities, StorageError } from '@outrigger/driver';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createObjectDriver } from '../src/index.js';
import { createBucket, createMemoryStore, type MemoryStoreOptions } from './memory-object-store.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
});

function setUp(options: MemoryStoreOptions = {}, limits: { readonly maxTailBehindState?: number } = {}) {
  const bucket = createBucket();
  const errors: unknown[] = [];
  const open = () =>
    createObjectDriver({
      name: 'objects',
      store: createMemoryStore(bucket, { partSize: 10, ...options }),
      keyPrefix: 'r/',
      onSweepError: (error) => errors.push(error),
      ...limits,
    });
  const sweeps = () => bucket.requests.filter((request) => request === 'findAbandoned r/').length;
  /** Lets the sweeps that are due run to their end. */
  const pass = async (ms: number) => {
    for (let left = ms; left >= 0; left -= HOUR_MS) {
      await vi.advanceTimersByTimeAsync(Math.min(left, HOUR_MS));
      for (let turn = 0; turn < 30; turn++) await new Promise(setImmediate);
    }
  };
  return { bucket, errors, open, sweeps, pass };
}

it('ends closed uploads that nobody went on with for a week', async () => {
  const { bucket, open, pass } = setUp();
  const driver = await open();
  for (const size of [5, 25]) {
    const writer = await driver.writer(`/a/${String(size)}`);
    await writer.write(Buffer.alloc(size));
    await writer.close();
  }
  await driver.put('/a/kept', Buffer.alloc(1));
  const others = ['r/_outrigger-uploads/~of-the-store/state', 'r/_outrigger-uploads/a/else'];
  for (const key of others) await createMemoryStore(bucket).put(key, Buffer.alloc(1));
  await pass(7 * DAY_MS - HOUR_MS);
  expect([bucket.objects.size, bucket.uploads.size]).toEqual([5, 1]);
  await pass(2 * HOUR_MS);
  expect([...bucket.objects.keys()]).toEqual(['r/a/kept', ...others]);
  expect(bucket.uploads.size).toBe(0);
  await driver.close();
});

it('leaves an upload alone that began long ago and was gone on with lately', async () => {
  const { bucket, open, pass } = setUp();
  const driver = await open();
  const writer = await driver.writer('/a');
  await writer.write(Buffer.alloc(25));
  await writer.close();
  for (let day = 0; day < 20; day += 5) {
    await pass(5 * DAY_MS);
    const next = await driver.writer('/a', { mode: 'append' });
    await next.write(Buffer.alloc(5));
    await next.close();
  }
  const last = await driver.writer('/a', { mode: 'append' });
  await last.commit();
  expect(bucket.objects.get('r/a')?.content.length).toBe(45);
  await driver.close();
});

it('aborts what killed processes left, and not what is open in this one', async () => {
  const { bucket, open, pass } = setUp();
  await createMemoryStore(bucket).multipart.begin('r/killed');
  await createMemoryStore(bucket).multipart.begin('elsewhere');
  const driver = await open();
  const writer = await driver.writer('/open', { mode: 'isolated' });
  await writer.write(Buffer.alloc(25));
  await pass(8 * DAY_MS);
  expect([...bucket.uploads.values()].map(({ key }) => key).sort()).toEqual(['elsewhere', 'r/open']);
  await writer.commit();
  await driver.close();
});

it('deletes a tail that no state names once it is old, and leaves the one that a state names', async () => {
  const { bucket, open, pass } = setUp({}, { maxTailBehindState: 0 });
  const driver = await open();
  const writer = await driver.writer('/a');
  await writer.write(Buffer.alloc(5));
  await writer.close();
  const orphan = `r/_outrigger-uploads/a/tail.${randomUUID()}`;
  await createMemoryStore(bucket).put(orphan, Buffer.alloc(1));
  await pass(6 * DAY_MS);
  const next = await driver.writer('/a', { mode: 'append' });
  await next.write(Buffer.alloc(1));
  await next.close();
  expect(bucket.objects.size).toBe(3);
  await pass(2 * DAY_MS);
  expect([...bucket.objects.keys()].filter((key) => key.includes('/tail.'))).not.toContain(orphan);
  expect(bucket.objects.size).toBe(2);
  const last = await driver.writer('/a', { mode: 'append' });
  expect(last.size).toBe(6);
  await last.close();
  await pass(8 * DAY_MS);
  expect([...bucket.objects.keys()]).toEqual([]);
  await driver.close();
});

it('goes on behind a state that is damaged, and leaves what it may name until it is old', async () => {
  const { bucket, errors, open, pass } = setUp();
  const store = createMemoryStore(bucket);
  for (const key of ['r/a', 'r/b']) await store.multipart.begin(key);
  const driver = await open();
  await pass(6 * DAY_MS);
  await store.put('r/_outrigger-uploads/a/state', Buffer.from('nothing'));
  await pass(2 * DAY_MS);
  expect([...bucket.uploads.values()].map(({ key }) => key)).toEqual(['r/a']);
  await pass(6 * DAY_MS);
  expect([bucket.uploads.size, bucket.objects.size, errors]).toEqual([0, 0, []]);
  await driver.close();
});

it('runs at the start and every hour, also after a failure, until the driver is closed', async () => {
  const failure = new StorageError('UNAVAILABLE', 'away');
  let isAway = false;
  const { errors, open, sweeps, pass } = setUp({
    before: () => {
      if (isAway) throw failure;
    },
  });
  const driver = await open();
  await pass(0);
  expect(sweeps()).toBe(1);
  isAway = true;
  await pass(HOUR_MS);
  expect(errors).toEqual([failure]);
  isAway = false;
  await pass(HOUR_MS);
  expect(sweeps()).toBe(2);
  await driver.close();
  await pass(3 * HOUR_MS);
  expect(sweeps()).toBe(2);
});

it('says what it can do, and what its store adds to that', async () => {
  const store = createMemoryStore(createBucket());
  const redirect = () => Promise.resolve({ url: 'https://example.org/' });
  const capabilitiesOf = async (more: object, capabilities: Capabilities = {}) => {
    const driver = await createObjectDriver({
      name: 'objects',
      store: { ...store, ...more },
      keyPrefix: '',
      capabilities,
    });
    await driver.close();
    return driver.capabilities;
  };
  const all = { walk: true, copy: true, atomicMove: true, isolatedWriters: true, commitTo: true };
  expect(await capabilitiesOf({})).toEqual(all);
  expect(await capabilitiesOf({ redirect })).toEqual({ ...all, redirectURL: true });
  expect(await capabilitiesOf({ redirect }, { redirectURL: false })).toEqual({ ...all, redirectURL: false });
});
