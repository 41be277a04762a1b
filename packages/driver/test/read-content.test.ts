import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ContentReader, readFully, readToEnd } from '../src/index.js';
import { MOD_TIME } from './fake-driver.js';

/** Gives at most `step` bytes a read. */
function steppedReader(
  content: Uint8Array,
  step: number,
  size = content.length,
): ContentReader & { readonly asked: number[]; isClosed: () => boolean } {
  let at = 0;
  let closed = false;
  const asked: number[] = [];
  return {
    size,
    modTime: MOD_TIME,
    asked,
    isClosed: () => closed,
    read: async (into) => {
      asked.push(into.length);
      const part = content.subarray(at, at + Math.min(step, into.length));
      into.set(part);
      at += part.length;
      return part.length;
    },
    close: async () => void (closed = true),
  };
}

const CONTENT = Buffer.from('0123456789');

describe('readFully', () => {
  test.each([1, 3, 100])('fills the buffer in reads of %d', async (step) => {
    const into = new Uint8Array(8);
    expect(await readFully(steppedReader(CONTENT, step), into)).toBe(8);
    expect(Buffer.from(into).toString()).toBe('01234567');
  });

  test('stops at the end', async () => {
    expect(await readFully(steppedReader(CONTENT, 3), new Uint8Array(20))).toBe(10);
  });
});

describe('readToEnd', () => {
  test('gives the content for any step, declared size and limit that is enough, and closes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 50 }),
        fc.integer({ min: 1, max: 60 }),
        fc.nat(100),
        fc.nat(10),
        async (content, step, declared, room) => {
          const reader = steppedReader(content, step, declared);
          const read = await readToEnd(reader, content.length + room);
          expect(Buffer.compare(read, content)).toBe(0);
          expect(reader.isClosed()).toBe(true);
        },
      ),
    );
  });

  test.each([0, 5, 9])('refuses more than %d bytes, and closes', async (limit) => {
    const reader = steppedReader(CONTENT, 4, limit);
    await expect(readToEnd(reader, limit)).rejects.toMatchObject({ code: 'INTERNAL' });
    expect(reader.isClosed()).toBe(true);
  });

  test('a declared size allocates nothing', async () => {
    const reader = steppedReader(CONTENT, 100, 2 ** 50);
    await readToEnd(reader, 2 ** 40);
    expect(Math.max(...reader.asked)).toBeLessThanOrEqual(1024 * 1024);
  });

  test('closes when a read fails', async () => {
    const reader = steppedReader(CONTENT, 1);
    const broken = { ...reader, read: () => Promise.reject(new Error('EIO')) };
    await expect(readToEnd(broken, 100)).rejects.toThrow('EIO');
    expect(reader.isClosed()).toBe(true);
  });
});
