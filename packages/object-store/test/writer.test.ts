import { MAX_PUT_SIZE, type FileWriter, type StorageDriver, StorageError } from '@outrigger/driver';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type ObjectDriverOptions, createObjectDriver } from '../src/index.js';
import { createPartMemory } from '../src/part-memory.js';
import {
  type Bucket,
  type MemoryStoreOptions,
  createBucket,
  createMemoryStore,
} from './memory-object-store.js';

const STATE = '_outrigger-uploads/a/state';

function openDriver(
  bucket: Bucket,
  options: MemoryStoreOptions = {},
  limits: Partial<Pick<ObjectDriverOptions, 'maxPartsInFlight' | 'maxTailBehindState'>> = {},
): Promise<StorageDriver> {
  const store = createMemoryStore(bucket, { partSize: 10, ...options });
  return createObjectDriver({ name: 'objects', store, keyPrefix: '', ...limits });
}

function bytes(from: number, to: number): Buffer {
  return Buffer.from(Array.from({ length: to - from }, (_, i) => (from + i) & 255));
}

/** Of uploads, without what a driver does by itself. */
function names({ requests }: Bucket): string[] {
  return requests
    .map((request) => request.split(' ', 1)[0] ?? '')
    .filter((name) => !/^(list|find)/.test(name));
}

function contentOf({ objects }: Bucket, key: string): Buffer {
  return Buffer.from(objects.get(key)?.content ?? []);
}

async function expectWhole(bucket: Bucket, size: number, key = 'a'): Promise<void> {
  // What nobody sees any more is deleted a moment later.
  await new Promise(setImmediate);
  expect(contentOf(bucket, key)).toEqual(bytes(0, size));
  expect([...bucket.objects.keys()]).toEqual([key]);
  expect(bucket.uploads.size).toBe(0);
}

async function closedUpload(bucket: Bucket, size: number): Promise<void> {
  const writer = await (await openDriver(bucket)).writer('/a');
  await writer.write(bytes(0, size));
  await writer.close();
}

it('puts whole what fills no more than a part', async () => {
  const bucket = createBucket();
  const driver = await openDriver(bucket);
  const writer = await driver.writer('/a', { mode: 'isolated' });
  await writer.write(bytes(0, 10));
  await writer.commit();
  expect(names(bucket)).toEqual(['put']);
  await expectWhole(bucket, 10);
});

it('sends parts while more is coming, all of one size but the last', async () => {
  const bucket = createBucket();
  const writer = await (await openDriver(bucket)).writer('/a', { mode: 'isolated' });
  await writer.write(bytes(0, 35));
  await writer.commit();
  expect(names(bucket)).toEqual([
    'begin',
    ...['uploadPart', 'uploadPart', 'uploadPart', 'uploadPart'],
    'complete',
  ]);
  await expectWhole(bucket, 35);
});

it('is the same whatever the writes, and wherever it is closed and gone on with', async () => {
  const step = fc.oneof(fc.nat(25), fc.constant('reopen' as const));
  const flags = fc.record({
    isEmptyAtFirst: fc.boolean(),
    canCopyParts: fc.boolean(),
    isPlaced: fc.boolean(),
  });
  const tails = fc.constantFrom(0, 4, 100);
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), flags, tails, async (steps, given, maxTail) => {
      const { isEmptyAtFirst, canCopyParts, isPlaced } = given;
      const bucket = createBucket();
      const open = (partSize: number) =>
        openDriver(bucket, { partSize, canCopyParts }, { maxTailBehindState: maxTail });
      let size = 0;
      let writer = await (await open(10)).writer('/a');
      if (isEmptyAtFirst) {
        await writer.commit();
        writer = await (await open(10)).writer('/a', { mode: 'append' });
      }
      for (const each of steps) {
        if (each === 'reopen') {
          await writer.close();
          // Another process, with another size of parts in its configuration.
          writer = await (await open(7)).writer('/a', { mode: 'append' });
        } else {
          await writer.write(bytes(size, size + each));
          size += each;
        }
        expect(writer.size).toBe(size);
      }
      await (isPlaced ? writer.commitTo?.('/b/c') : writer.commit());
      await expectWhole(bucket, size, isPlaced ? 'b/c' : 'a');
    }),
    { numRuns: 300 },
  );
});

it.each([
  { size: 7, parts: 0 },
  { size: 25, parts: 2 },
])('makes $size bytes of a closed upload an object elsewhere without moving a byte', async ({ size }) => {
  const bucket = createBucket();
  const open = () => openDriver(bucket, { canCopyParts: true }, { maxTailBehindState: 0 });
  const first = await (await open()).writer('/a');
  await first.write(bytes(0, size));
  await first.close();
  bucket.requests.splice(0);
  const writer = await (await open()).writer('/a', { mode: 'append' });
  await writer.commitTo?.('/b');
  const all = names(bucket);
  expect(all.filter((name) => ['put', 'uploadPart'].includes(name))).toEqual([]);
  // Of the state, which is small.
  expect(all.filter((name) => name === 'read')).toHaveLength(1);
  await expectWhole(bucket, size, 'b');
});

it('can repeat a commit to another path that failed at any request', async () => {
  for (let failing = 0, isDone = false; !isDone; failing++) {
    const bucket = createBucket();
    let count = -1000;
    const before = (request: string) => {
      if (!/^(list|find)/.test(request) && count++ === failing) throw new Error('of the store');
    };
    const open = () => openDriver(bucket, { before, canCopyParts: true }, { maxTailBehindState: 0 });
    const first = await (await open()).writer('/a');
    await first.write(bytes(0, 25));
    await first.close();
    const writer = await (await open()).writer('/a', { mode: 'append' });
    count = 0;
    isDone = await Promise.resolve(writer.commitTo?.('/b')).then(
      () => true,
      () => false,
    );
    if (!isDone) {
      count = -1000;
      await writer.commitTo?.('/b');
    }
    expect(contentOf(bucket, 'b')).toEqual(bytes(0, 25));
    isDone &&= failing > 5;
  }
});

it('reads the tail where the store turns out not to make an object a part', async () => {
  const bucket = createBucket();
  const store = createMemoryStore(bucket, { partSize: 10 });
  const copyPart = () => Promise.reject(new StorageError('UNSUPPORTED', 'of the store'));
  const open = () =>
    createObjectDriver({
      name: 'objects',
      store: { ...store, multipart: { ...store.multipart, copyPart } },
      keyPrefix: '',
      maxTailBehindState: 0,
    });
  const first = await (await open()).writer('/a');
  await first.write(bytes(0, 25));
  await first.close();
  const writer = await (await open()).writer('/a', { mode: 'append' });
  await writer.commitTo?.('/b');
  await expectWhole(bucket, 25, 'b');
});

it('can repeat a commit to another path after a kill between the deletes that end it', async () => {
  const bucket = createBucket();
  await closedUpload(bucket, 25);
  const store = createMemoryStore(bucket, { partSize: 10 });
  // Each key has a request of its own, and all but that of the state have come through.
  const remove = async (keys: readonly string[]) => {
    await store.delete(keys.filter((key) => key !== STATE));
    if (keys.includes(STATE)) throw new Error('killed');
  };
  const driver = await createObjectDriver({
    name: 'objects',
    store: { ...store, delete: remove },
    keyPrefix: '',
  });
  await (await driver.writer('/a', { mode: 'append' })).commitTo?.('/b');
  const again = await (await openDriver(bucket)).writer('/a', { mode: 'append' });
  expect(again.size).toBe(25);
  await again.commitTo?.('/b');
  await expectWhole(bucket, 25, 'b');
});

it('can be closed, gone on with or cancelled after a commit to another path that failed half-way', async () => {
  const fails = { before: (request: string) => failCopies(request) };
  for (const closed of [0, 12]) {
    const open = async (bucket: Bucket) => {
      if (closed > 0) await closedUpload(bucket, closed);
      const mode = closed > 0 ? 'append' : 'truncate';
      const writer = await (await openDriver(bucket, fails)).writer('/a', { mode });
      await writer.write(bytes(closed, 25));
      await expect(writer.commitTo?.('/b')).rejects.toThrow('of the store');
      return writer;
    };
    const bucket = createBucket();
    const failed = await open(bucket);
    await expect(failed.write(bytes(25, 26))).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await failed.close();
    const writer = await (await openDriver(bucket)).writer('/a', { mode: 'append' });
    expect(writer.size).toBe(25);
    await writer.commitTo?.('/b');
    await expectWhole(bucket, 25, 'b');

    const other = createBucket();
    await (await open(other)).cancel();
    expect([other.objects.size, other.uploads.size]).toEqual([0, 0]);
  }
});

function failCopies(request: string): void {
  if (request.startsWith('copy')) throw new Error('of the store');
}

it.each([8, 25])(
  'says that somebody else went on with an upload of %i bytes, and may be tried again',
  async (size) => {
    const bucket = createBucket();
    const open = (canCopyParts: boolean) => openDriver(bucket, { canCopyParts }, { maxTailBehindState: 0 });
    const first = await (await open(true)).writer('/a');
    await first.write(bytes(0, size));
    await first.close();
    const late = await Promise.all(
      [true, false].map(async (canCopyParts) => (await open(canCopyParts)).writer('/a', { mode: 'append' })),
    );
    const other = await (await open(true)).writer('/a', { mode: 'append' });
    await other.write(bytes(size, size + 1));
    await other.close();
    await new Promise(setImmediate);
    for (const writer of late)
      await expect(writer.commitTo?.('/b')).rejects.toMatchObject({
        code: 'UNAVAILABLE',
        retryable: true,
      });
    const next = await (await open(true)).writer('/a', { mode: 'append' });
    await next.commitTo?.('/b');
    await expectWhole(bucket, size + 1, 'b');
  },
);

it('fails the next call with what a part failed with, and sends that part again at the one after it', async () => {
  const bucket = createBucket();
  let failing: Error | undefined = new Error('of the store');
  const failed = Promise.withResolvers<undefined>();
  const before = (request: string) => {
    if (failing === undefined || request !== 'uploadPart a 1') return;
    failed.resolve(undefined);
    throw failing;
  };
  const writer = await (await openDriver(bucket, { before })).writer('/a');
  await writer.write(bytes(0, 15));
  await failed.promise;
  await new Promise(setImmediate);
  await expect(writer.commit()).rejects.toMatchObject({ cause: failing });
  await expect(writer.commit()).rejects.toBe(failing);
  failing = undefined;
  await writer.write(bytes(15, 33));
  await writer.commit();
  await expectWhole(bucket, 33);
});

it('takes nothing more where parts keep failing, and an earlier close can be gone on with', async () => {
  const bucket = createBucket();
  await closedUpload(bucket, 25);
  const before = (request: string) => {
    if (request.startsWith('uploadPart')) throw new Error('of the store');
  };
  const writer = await (await openDriver(bucket, { before })).writer('/a', { mode: 'append' });
  const write = async () => {
    for (let at = 25; at < 1000; at += 5) await writer.write(bytes(at, at + 5));
  };
  await expect(write()).rejects.toThrow('of the store');
  expect(writer.size).toBeLessThan(100);
  await expect(writer.close()).rejects.toThrow('of the store');
  await finish(bucket, 25, 40);
});

it('can be closed and gone on with after a commit that failed', async () => {
  const bucket = createBucket();
  const before = (request: string) => {
    if (request.startsWith('complete')) throw new Error('of the store');
  };
  const writer = await (await openDriver(bucket, { before })).writer('/a');
  await writer.write(bytes(0, 25));
  await expect(writer.commit()).rejects.toThrow('of the store');
  await writer.close();
  await finish(bucket, 25, 40);
});

async function finish(bucket: Bucket, from: number, to: number): Promise<void> {
  const writer = await (await openDriver(bucket)).writer('/a', { mode: 'append' });
  expect(writer.size).toBe(from);
  await writer.write(bytes(from, to));
  await writer.commit();
  await expectWhole(bucket, to);
}

it('goes on with the last close when the process was killed behind it', async () => {
  const bucket = createBucket();
  await closedUpload(bucket, 25);
  const killed = await (await openDriver(bucket)).writer('/a', { mode: 'append' });
  await killed.write(Buffer.alloc(50, 255));
  await finish(bucket, 25, 60);
});

it.each([8, 25])(
  'takes what was committed for that when the process was killed before the state of %i bytes went',
  async (size) => {
    const bucket = createBucket();
    await closedUpload(bucket, size);
    const before = (request: string) => {
      if (request === `delete ${STATE}`) throw new Error('killed');
    };
    const writer = await (await openDriver(bucket, { before })).writer('/a', { mode: 'append' });
    await writer.commit();
    expect(bucket.objects.has(STATE)).toBe(true);

    const again = await (await openDriver(bucket)).writer('/a', { mode: 'append' });
    expect(again.size).toBe(size);
    await again.commit();
    await expectWhole(bucket, size);
  },
);

it('goes on behind committed content by writing it again', async () => {
  const bucket = createBucket();
  const driver = await openDriver(bucket);
  await driver.put('/a', bytes(0, 33));
  const idle = await driver.writer('/a', { mode: 'append' });
  expect(idle.size).toBe(33);
  await idle.close();
  await finish(bucket, 33, 50);
});

it('has nothing to go on with when the state is lost, and says so when it is damaged', async () => {
  const bucket = createBucket();
  await closedUpload(bucket, 25);
  const driver = await openDriver(bucket);
  const state = bucket.objects.get(STATE)?.content ?? new Uint8Array(0);
  for (const damaged of [
    state.subarray(0, -1),
    state.subarray(0, 20),
    state.subarray(1),
    Buffer.from('{}\n'),
  ]) {
    await createMemoryStore(bucket).put(STATE, damaged);
    await expect(driver.writer('/a', { mode: 'append' })).rejects.toMatchObject({ code: 'INTERNAL' });
  }
  await driver.delete('/a');
  expect(bucket.objects.size).toBe(0);

  await closedUpload(bucket, 25);
  bucket.objects.delete(STATE);
  await expect(driver.writer('/a', { mode: 'append' })).rejects.toMatchObject({ code: 'PATH_NOT_FOUND' });
});

it('never mixes what two writers add to one upload', async () => {
  const bucket = createBucket();
  await closedUpload(bucket, 25);
  const [first, second] = await Promise.all(
    [1, 2].map(async () => (await openDriver(bucket)).writer('/a', { mode: 'append' })),
  );
  await first?.write(bytes(25, 60));
  await second?.write(Buffer.alloc(35, 255));
  const outcomes = await Promise.allSettled([first?.commit(), second?.commit()]);
  const whole = [bytes(0, 60), Buffer.concat([bytes(0, 25), Buffer.alloc(35, 255)])];
  const content = bucket.objects.get('a')?.content;
  if (content === undefined) expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  else expect(whole.some((each) => Buffer.compare(each, content) === 0)).toBe(true);
});

it('has the store forget all of it when it is cancelled, what an earlier one closed included', async () => {
  for (const mode of ['truncate', 'append', 'isolated'] as const) {
    const bucket = createBucket();
    if (mode !== 'isolated') await closedUpload(bucket, 25);
    const writer = await (await openDriver(bucket)).writer('/a', { mode });
    await writer.write(bytes(0, 35));
    await writer.cancel();
    expect([bucket.objects.size, bucket.uploads.size]).toEqual([0, 0]);
  }
});

it('keeps no state of an isolated writer, and nothing of one that was closed', async () => {
  const bucket = createBucket();
  const writer = await (await openDriver(bucket)).writer('/a', { mode: 'isolated' });
  await writer.write(bytes(0, 35));
  await writer.close();
  expect([bucket.objects.size, bucket.uploads.size]).toEqual([0, 0]);
});

it('ends what an earlier writer closed when it starts from nothing', async () => {
  const bucket = createBucket();
  await closedUpload(bucket, 25);
  const writer = await (await openDriver(bucket)).writer('/a');
  await writer.write(bytes(0, 5));
  await writer.commit();
  await expectWhole(bucket, 5);
});

it('has so many parts on their way as it may, of all writers together', async () => {
  const bucket = createBucket();
  const gates: (() => void)[] = [];
  let most = 0;
  let active = 0;
  const before = async (request: string) => {
    if (!request.startsWith('uploadPart')) return;
    most = Math.max(most, ++active);
    await new Promise<void>((resolve) => gates.push(resolve));
    active--;
  };
  const driver = await openDriver(bucket, { before, concurrency: 3 }, { maxPartsInFlight: 4 });
  const write = async (path: string) => {
    const writer = await driver.writer(path, { mode: 'isolated' });
    for (let at = 0; at < 200; at += 20) await writer.write(bytes(at, at + 20));
    await writer.commit();
  };
  const isDone = Promise.all(['/a', '/b', '/c'].map(write)).then(() => true);
  while (!(await Promise.race([isDone, new Promise<false>((resolve) => setImmediate(() => resolve(false)))])))
    gates.shift()?.();
  // The last parts of the three are no buffers of their own.
  expect(most).toBeGreaterThan(3);
  expect(most).toBeLessThanOrEqual(4 + 3);
  expect(contentOf(bucket, 'b')).toEqual(bytes(0, 200));
});

it('stops what is on its way when the driver is closed', async () => {
  const bucket = createBucket();
  const waiting = Promise.withResolvers<undefined>();
  const before = (request: string, signal: AbortSignal | undefined) => {
    if (!request.startsWith('uploadPart')) return;
    waiting.resolve(undefined);
    return new Promise<void>((_resolve, reject) => {
      signal?.addEventListener('abort', () => {
        reject(new Error('aborted'));
      });
    });
  };
  const driver = await openDriver(bucket, { before });
  const writer: FileWriter = await driver.writer('/a');
  await writer.write(bytes(0, 15));
  await waiting.promise;
  await driver.close();
  await expect(writer.commit()).rejects.toMatchObject({ code: 'CANCELLED' });
});

it('allocates little for little', async () => {
  const bucket = createBucket();
  const driver = await openDriver(bucket, { partSize: 64 * MAX_PUT_SIZE });
  const before = process.memoryUsage().arrayBuffers;
  const writers = await Promise.all(
    Array.from({ length: 20 }, async (_, i) => {
      const writer = await driver.writer(`/${String(i)}`);
      await writer.write(bytes(0, 4096));
      return writer;
    }),
  );
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(MAX_PUT_SIZE);
  for (const writer of writers) await writer.cancel();
});

it('lends two buffers a part that may be on its way, to all writers together, and the same again to the next', async () => {
  const partSize = 1024 * 1024;
  const sent = new Set<ArrayBufferLike>();
  const store = createMemoryStore(createBucket(), { partSize });
  const multipart: typeof store.multipart = {
    ...store.multipart,
    uploadPart: (upload, number, content, options) => {
      sent.add(content.buffer);
      return store.multipart.uploadPart(upload, number, content, options);
    },
  };
  const driver = await createObjectDriver({
    name: 'objects',
    store: { ...store, multipart },
    keyPrefix: '',
    maxPartsInFlight: 2,
  });
  const piece = Buffer.alloc(partSize / 2);
  const push = async (path: string) => {
    const writer = await driver.writer(path, { mode: 'isolated', expectedSize: 20 * partSize });
    for (let i = 0; i < 40; i++) await writer.write(piece);
    await writer.commit();
  };
  for (let round = 0; round < 3; round++) await Promise.all(['/a', '/b', '/c'].map(push));
  expect(sent.size).toBeLessThanOrEqual(2 * 2);
});

it('lends the buffers of large uploads again, however many small ones came between', async () => {
  const memory = createPartMemory(1);
  for (let i = 0; i < 5; i++) {
    const small = memory.enter();
    small.take(1000);
    small.give(new Uint8Array(64));
    small.leave();
  }
  const [first, second] = [memory.enter(), memory.enter()];
  const part = new Uint8Array(1000);
  first.take(1000);
  first.give(part);
  expect(second.take(1000)).toBe(part);
  first.leave();
  second.leave();
});

it('goes on with one buffer for each writer where there are more of them than buffers', async () => {
  const bucket = createBucket();
  const driver = await openDriver(bucket, {}, { maxPartsInFlight: 1 });
  const paths = Array.from({ length: 6 }, (_, i) => `/${String(i)}`);
  const writers = await Promise.all(paths.map((path) => driver.writer(path, { mode: 'isolated' })));
  for (let at = 0; at < 60; at += 5)
    await Promise.all(writers.map((writer) => writer.write(bytes(at, at + 5))));
  await Promise.all(writers.map((writer) => writer.commit()));
  for (const path of paths) expect(contentOf(bucket, path.slice(1))).toEqual(bytes(0, 60));
});

it('commits again what was done although it failed, with the last part that it sent', async () => {
  const bucket = createBucket();
  const store = createMemoryStore(bucket, { partSize: 10 });
  const done = new Set<string>();
  const complete: typeof store.multipart.complete = async (upload, parts, options) => {
    const tags = parts.map(({ tag }) => tag).join();
    if (done.has(tags)) return;
    await store.multipart.complete(upload, parts, options);
    done.add(tags);
    throw new Error('the answer is lost');
  };
  const driver = await createObjectDriver({
    name: 'objects',
    store: { ...store, multipart: { ...store.multipart, complete } },
    keyPrefix: '',
  });
  const writer = await driver.writer('/a', { mode: 'isolated' });
  await writer.write(bytes(0, 25));
  await expect(writer.commit()).rejects.toThrow('the answer is lost');
  await writer.commit();
  await expectWhole(bucket, 25);
});

it('lends nothing to writers that wait for their first byte', async () => {
  const bucket = createBucket();
  const both = Promise.withResolvers<undefined>();
  const before = (request: string) => {
    if (request === 'uploadPart a 2') both.resolve(undefined);
    if (request === 'uploadPart a 1') return both.promise;
  };
  const driver = await openDriver(bucket, { before }, { maxPartsInFlight: 2 });
  for (let i = 0; i < 10; i++) await driver.writer(`/${String(i)}`, { mode: 'isolated' });
  const writer = await driver.writer('/a', { mode: 'isolated' });
  await writer.write(bytes(0, 35));
  await writer.commit();
  await expectWhole(bucket, 35);
});
