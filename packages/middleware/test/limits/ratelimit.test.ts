import { checkDriver } from '@outrigger/driver';
import { inmemory } from '@outrigger/plugin-memory';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ratelimit } from '../../src/index.js';
import { createTokenBucket } from '../../src/limits/token-bucket.js';
import { SILENT } from '../wrap-parts.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

async function limited(options: Record<string, unknown>) {
  return checkDriver(await ratelimit.wrap(await inmemory.create({}), options, SILENT));
}

test('what is kept goes at once, what is over it waits for its turn, in order', async () => {
  const bucket = createTokenBucket(10, 2);
  const done: number[] = [];
  const take = async (number: number) => {
    await bucket.take(1, '/a');
    done.push(number);
  };
  const all = Promise.all([1, 2, 3, 4, 5].map(take));
  await vi.advanceTimersByTimeAsync(0);
  expect(done).toEqual([1, 2]);
  await vi.advanceTimersByTimeAsync(50);
  expect(done).toEqual([1, 2, 3]);
  await vi.advanceTimersByTimeAsync(1000);
  expect(done).toEqual([1, 2, 3, 4, 5]);
  await all;
});

test('who leaves gives the turn to the next', async () => {
  const bucket = createTokenBucket(1, 1);
  bucket.settle(1);
  const controller = new AbortController();
  const first = bucket.take(1, '/a', controller.signal);
  const second = bucket.take(1, '/b');
  controller.abort();
  await expect(first).rejects.toMatchObject({ code: 'CANCELLED', path: '/a' });
  await vi.advanceTimersByTimeAsync(1100);
  await second;
  expect(vi.getTimerCount()).toBeLessThanOrEqual(1);
});

test('content is read and written at the rate, in either direction for itself', async () => {
  const driver = await limited({ readbytes: 64 * 1024, writebytes: 128 * 1024 });
  const content = Buffer.alloc(256 * 1024, 'x');
  const state = { isWritten: false, read: 0 };
  const work = (async () => {
    const writer = await driver.writer('/a');
    await writer.write(content);
    await writer.commit();
    state.isWritten = true;
    const reader = await driver.reader('/a');
    for (;;) {
      const count = await reader.read(new Uint8Array(1024 * 1024));
      if (count === 0) break;
      state.read += count;
    }
    await reader.close();
  })();
  // 128 KiB a second, and as much at once: 256 KiB take about a second.
  await vi.advanceTimersByTimeAsync(300);
  expect(state.isWritten).toBe(false);
  await vi.advanceTimersByTimeAsync(900);
  expect(state.isWritten).toBe(true);
  expect(state.read).toBeLessThan(content.length);
  await vi.advanceTimersByTimeAsync(5000);
  expect(state.read).toBe(content.length);
  await work;
});

test('streams share the rate evenly', async () => {
  const driver = await limited({ readbytes: 64 * 1024 });
  await driver.put('/a', Buffer.alloc(2 * 1024 * 1024));
  const counts = [0, 0, 0, 0];
  const readers = await Promise.all(counts.map(() => driver.reader('/a')));
  const works = readers.map(async (reader, index) => {
    try {
      for (;;) counts[index] = (counts[index] ?? 0) + (await reader.read(new Uint8Array(1024 * 1024)));
    } catch {
      // It was closed.
    }
  });
  await vi.advanceTimersByTimeAsync(12_000);
  expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(64 * 1024);
  expect(Math.min(...counts)).toBeGreaterThan(64 * 1024);
  await Promise.all(readers.map((reader) => reader.close()));
  await vi.advanceTimersByTimeAsync(12_000);
  await Promise.all(works);
});

test('calls are counted by what they do', async () => {
  const driver = await limited({ readcalls: 1 });
  await driver.put('/a', Buffer.from('x'));
  await driver.put('/b', Buffer.from('x'));
  await driver.stat('/a');
  const controller = new AbortController();
  const waiting = driver.stat('/b', { signal: controller.signal });
  controller.abort();
  await expect(waiting).rejects.toMatchObject({ code: 'CANCELLED' });
});

test.each([{ readbytes: 0 }, { writebytes: 'much' }, { readcalls: -1 }, { bytes: 5 }])(
  'wrong limits are named: %o',
  async (options) => {
    await expect(limited(options)).rejects.toMatchObject({ name: 'InvalidParametersError' });
  },
);
