import { createHash } from 'node:crypto';
import type { FileWriter } from '@outrigger/driver';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { POOLED_SIZE, createBufferPool } from '../../src/content/buffer-pool.js';
import { createLru } from '../../src/content/lru.js';
import { createContentHash } from '../../src/content/content-hash.js';
import { bodyOf } from '../../src/content/body.js';
import { receive } from '../../src/content/receive.js';

describe('the pool of buffers', () => {
  test('reuses what is given back, and makes no more than its limit', () => {
    const pool = createBufferPool(2);
    const [one, two, three] = [pool.acquire(), pool.acquire(), pool.acquire()];
    expect([one.length, two.length, three.length]).toEqual([POOLED_SIZE, POOLED_SIZE, 64 * 1024]);
    pool.release(one);
    pool.release(three);
    expect(pool.acquire()).toBe(one);
    pool.discard(two);
    expect(pool.acquire().length).toBe(POOLED_SIZE);
    expect(pool.acquire().length).toBe(64 * 1024);
    expect(pool.acquire(10).length).toBe(10);
  });
});

describe('the cache', () => {
  test('never holds more than its limit, and forgets what was not used for longest', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.stringMatching(/^[a-e]$/), fc.integer({ min: 0, max: 12 }))),
        (entries) => {
          const lru = createLru<number>(80, (weight) => weight);
          for (const [key, weight] of entries) {
            lru.set(key, weight);
            const held = Array.from('abcde').map((each) => lru.get(each) ?? 0);
            expect(held.reduce((sum, each) => sum + each, 0)).toBeLessThanOrEqual(80);
            expect(lru.get(key)).toBe(weight > 10 ? undefined : weight);
          }
        },
      ),
    );
    const lru = createLru<number>(16, (weight) => weight);
    for (const key of Array.from('abcdefgh')) lru.set(key, 2);
    lru.get('a');
    lru.set('i', 2);
    expect([lru.get('a'), lru.get('b'), lru.get('i')]).toEqual([2, undefined, 2]);
  });
});

/** Keeps copies of what it is given, as late as a driver may. */
function slowWriter(chunks: Buffer[]): FileWriter {
  let size = 0;
  return {
    get size() {
      return size;
    },
    write: async (chunk) => {
      await Promise.resolve();
      chunks.push(Buffer.from(chunk));
      size += chunk.length;
    },
    close: async () => undefined,
    commit: async () => undefined,
    cancel: async () => undefined,
  };
}

describe('receiving', () => {
  test('any cut of a body arrives whole and in order, also where it breaks off', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ maxLength: 200_000, minLength: 1 }), { maxLength: 8 }),
        fc.boolean(),
        fc.boolean(),
        async (parts, isBroken, isAnnounced) => {
          const total = parts.reduce((sum, part) => sum + part.length, 0);
          async function* chunks(): AsyncGenerator<Uint8Array> {
            yield* parts;
            if (isBroken) throw new Error('gone');
          }
          const written: Buffer[] = [];
          const hash = createContentHash('sha256');
          const body = bodyOf(chunks(), isAnnounced ? total : undefined);
          const outcome = await receive(body, slowWriter(written), hash, createBufferPool(1));
          expect(outcome.received).toBe(total);
          expect(outcome.broken?.message).toBe(isBroken ? 'gone' : undefined);
          expect(Buffer.concat(written).equals(Buffer.concat(parts))).toBe(true);
          const { hex } = await hash.digest();
          expect(hex).toBe(createHash('sha256').update(Buffer.concat(parts)).digest('hex'));
        },
      ),
      { numRuns: 50 },
    );
  });

  test('a body that is shorter than it said is broken', async () => {
    async function* chunks(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('abc');
    }
    const outcome = await receive(bodyOf(chunks(), 4), slowWriter([]), undefined, createBufferPool(1));
    expect(outcome.received).toBe(3);
    expect(outcome.broken).toBeInstanceOf(Error);
  });
});
