import {
  type FileWriter,
  type StorageDriver,
  StorageError,
  isStorageError,
  readToEnd,
} from '@outrigger/driver';
import fc from 'fast-check';
import { expect, it, vi } from 'vitest';
import { createObjectDriver } from '../src/index.js';
import { createBucket, createMemoryStore } from './memory-object-store.js';

vi.mock('../src/backoff.js', () => ({ backOff: () => Promise.resolve() }));

const away = new StorageError('UNAVAILABLE', 'the store is away');

function bytes(from: number, to: number): Buffer {
  return Buffer.from(Array.from({ length: to - from }, (_, i) => (from + i) & 255));
}

/** A driver whose requests fail where `faults` says so, before they did anything or after it; from the end of `faults` on none fails. */
function unreliable(faults: Iterator<number>) {
  const bucket = createBucket();
  const fail = (isNow: boolean) => {
    if (isNow) throw away;
  };
  const open = () =>
    createObjectDriver({
      name: 'objects',
      store: createMemoryStore(bucket, {
        partSize: 10,
        before: (request) => {
          if (!/^(list|findAbandoned)/.test(request)) fail(faults.next().value === 1);
        },
        after: () => {
          fail(faults.next().value === 2);
        },
        body: async function* (content) {
          await Promise.resolve();
          yield content.slice(0, 7);
          fail(faults.next().value === 3);
          yield content.slice(7);
        },
      }),
      keyPrefix: '',
    });
  return { bucket, open };
}

async function openAtEnd(driver: StorageDriver): Promise<FileWriter | undefined> {
  try {
    return await driver.writer('/a', { mode: 'append' });
  } catch (error) {
    if (isStorageError(error, 'PATH_NOT_FOUND')) return driver.writer('/a');
    return undefined;
  }
}

/** Whether it was done. */
async function attempt(task: () => Promise<unknown>): Promise<boolean> {
  try {
    await task();
    return true;
  } catch (error) {
    if (!isStorageError(error)) throw error;
    return false;
  }
}

/** Writes until it is committed, as a client that goes on from the size that it is told. */
async function push(
  open: () => Promise<StorageDriver>,
  steps: readonly number[],
  size: number,
): Promise<void> {
  const left = steps.values();
  for (let turn = 0; turn < 1000; turn++) {
    const writer = await openAtEnd(await open());
    if (writer === undefined) continue;
    const next = left.next().value ?? size;
    const isWritten = await attempt(async () => {
      for (let at = writer.size; at < Math.min(size, writer.size + next); at = writer.size)
        await writer.write(bytes(at, Math.min(size, at + 4)));
    });
    if (isWritten && writer.size === size && (await attempt(() => writer.commit()))) return;
    await attempt(() => writer.close());
  }
  throw new Error('it never came to an end');
}

it('commits what was written, whichever requests fail and whichever answers are lost', async () => {
  const fault = fc.oneof(
    { weight: 4, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 3 }) },
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(fault, { maxLength: 80 }),
      fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 6 }),
      fc.nat(120),
      async (faults, steps, size) => {
        const { bucket, open } = unreliable(faults.values());
        await push(open, steps, size);
        expect(Buffer.from(bucket.objects.get('a')?.content ?? [])).toEqual(bytes(0, size));
        const reader = await (await open()).reader('/a').catch(() => undefined);
        if (reader !== undefined) expect(Buffer.from(await readToEnd(reader, 1000))).toEqual(bytes(0, size));
      },
    ),
    { numRuns: 500 },
  );
});
