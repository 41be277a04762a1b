import { MAX_PUT_SIZE, isStorageError, readToEnd } from '@outrigger/driver';
import { expect, it, vi } from 'vitest';
import { createObjectDriver } from '../src/index.js';
import { type MemoryStoreOptions, createBucket, createMemoryStore } from './memory-object-store.js';

vi.mock('../src/backoff.js', () => ({ backOff: () => Promise.resolve() }));

const CONTENT = Buffer.from(Array.from({ length: 500_000 }, (_, i) => (i * 31 + (i >> 8)) & 255));

async function driverWith(body: MemoryStoreOptions['body'], content: Uint8Array = CONTENT) {
  const bucket = createBucket();
  await createMemoryStore(bucket).put('a', content);
  bucket.requests.length = 0;
  const store = createMemoryStore(bucket, body === undefined ? {} : { body });
  return { bucket, driver: await createObjectDriver({ name: 'objects', store, keyPrefix: '' }) };
}

const reads = (requests: readonly string[]) => requests.filter((request) => request === 'read a').length;

it('goes on from the byte that it reached when a body breaks', async () => {
  const { driver, bucket } = await driverWith(async function* (content) {
    yield content.subarray(0, 70_000);
    if (content.length > 70_000) throw new Error('reset');
  });
  expect(await readToEnd(await driver.reader('/a'), CONTENT.length)).toEqual(CONTENT);
  expect(reads(bucket.requests)).toBe(8);
  const part = await readToEnd(
    await driver.reader('/a', { offset: 99_999, length: 150_000 }),
    CONTENT.length,
  );
  expect(part).toEqual(CONTENT.subarray(99_999, 249_999));
  expect(Buffer.from(await driver.get('/a'))).toEqual(CONTENT);
});

it('takes a body that ends early for a broken one', async () => {
  const { driver } = await driverWith(async function* (content) {
    yield content.subarray(0, 70_000);
  });
  expect(await readToEnd(await driver.reader('/a'), CONTENT.length)).toEqual(CONTENT);
});

it.each([
  ['breaks', () => new Error('reset')],
  ['ends', () => undefined],
])('gives up on a body that %s again and again, with the cause', async (_how, failure) => {
  const { driver, bucket } = await driverWith(async function* (content, offset) {
    if (offset === 0) yield content.subarray(0, 100);
    const error = failure();
    if (error !== undefined) throw error;
  });
  const reader = await driver.reader('/a');
  const error = await readToEnd(reader, CONTENT.length).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: 'UNAVAILABLE', retryable: true, cause: expect.any(Error) as Error });
  expect(reads(bucket.requests)).toBe(5);
});

it('never takes more than was promised', async () => {
  const { driver } = await driverWith(async function* (content) {
    yield Buffer.concat([content, content]);
  });
  await expect(driver.get('/a')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
});

it('never mixes two contents: content that was replaced ends the reader, and get begins anew', async () => {
  const next = CONTENT.toReversed();
  let replace: (() => Promise<void>) | undefined;
  const { driver, bucket } = await driverWith(async function* (content) {
    yield content.subarray(0, 70_000);
    if (replace !== undefined) {
      await replace();
      throw new Error('reset');
    }
    yield content.subarray(70_000);
  });
  replace = async () => {
    await createMemoryStore(bucket).put('a', next);
    replace = undefined;
  };
  const reader = await driver.reader('/a');
  const error = await readToEnd(reader, CONTENT.length).catch((reason: unknown) => reason);
  expect(isStorageError(error, 'UNAVAILABLE') && !error.retryable).toBe(true);

  replace = async () => {
    await createMemoryStore(bucket).put('a', CONTENT);
    replace = undefined;
  };
  expect(Buffer.from(await driver.get('/a'))).toEqual(CONTENT);

  replace = async () => {
    bucket.objects.delete('a');
    replace = undefined;
  };
  await expect(driver.get('/a')).rejects.toMatchObject({ code: 'PATH_NOT_FOUND' });
});

it('stops waiting for a store that heeds no signal', async () => {
  const asked = Promise.withResolvers<undefined>();
  const { driver } = await driverWith(() => ({
    [Symbol.asyncIterator]: () => ({
      next: () => {
        asked.resolve(undefined);
        return new Promise<never>(() => undefined);
      },
    }),
  }));
  const controller = new AbortController();
  const reader = await driver.reader('/a', { signal: controller.signal });
  const read = reader.read(new Uint8Array(10));
  await asked.promise;
  controller.abort();
  await expect(read).rejects.toMatchObject({ code: 'CANCELLED' });
  await reader.close();
});

it.each([
  ['was not read', 0, false],
  ['was read in part', 1, false],
  ['was read to its last byte', 2, true],
])('gives a body back that %s', async (_what, count, isWhole) => {
  const ended = Promise.withResolvers<boolean>();
  const { driver } = await driverWith(async function* (content, _offset, signal) {
    let isAtEnd = false;
    try {
      for (const part of [content.subarray(0, 1000), content.subarray(1000)]) {
        signal?.throwIfAborted();
        yield part;
      }
      isAtEnd = true;
    } finally {
      ended.resolve(isAtEnd);
    }
  });
  const reader = await driver.reader('/a');
  for (let i = 0; i < count; i++) await reader.read(new Uint8Array(CONTENT.length));
  await reader.close();
  expect(await ended.promise).toBe(isWhole);
});

it('answers no get of what is larger than a put', async () => {
  const { driver } = await driverWith(undefined, Buffer.alloc(MAX_PUT_SIZE + 1));
  await expect(driver.get('/a')).rejects.toMatchObject({ code: 'INTERNAL' });
});

it('gives a body back that comes when nobody waits for it any more', async () => {
  const bucket = createBucket();
  const store = createMemoryStore(bucket);
  await store.put('a', CONTENT);
  const stop = new AbortController();
  const returned = Promise.withResolvers<undefined>();
  async function* body(): AsyncGenerator<Uint8Array> {
    try {
      yield CONTENT;
    } finally {
      returned.resolve(undefined);
    }
  }
  const driver = await createObjectDriver({
    name: 'objects',
    keyPrefix: '',
    store: {
      ...store,
      async read(key) {
        const info = await store.head(key);
        stop.abort();
        return info && { info, body: body() };
      },
    },
  });
  await expect(driver.reader('/a', { signal: stop.signal })).rejects.toMatchObject({ code: 'CANCELLED' });
  await returned.promise;
});
