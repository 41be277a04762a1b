import assert from 'node:assert/strict';
import { MAX_PUT_SIZE } from '@outrigger/driver';
import { absent, refused } from '../assertions.js';
import type { ConformanceCase } from '../case.js';
import { expectContent, expectGet } from '../transfer.js';

const PROMISE =
  '`put` replaces the whole of a small object, making its parents; `get` answers the whole of it.';

export const writeReadCases: readonly ConformanceCase[] = [
  writeRead('T4', 'one byte', () => Buffer.from('a')),
  writeRead('T5', 'UTF-8', () => Buffer.from('\u00df')),
  writeRead('T6', '32 bytes', (random) => random(32)),
  writeRead('T7', '1 MiB', (random) => random(1024 * 1024)),
  writeRead('T8', 'bytes that are not UTF-8', () => Buffer.alloc(4, 0x80)),
  writeRead('T8.all', 'every byte there is', () =>
    Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)),
  ),
  {
    id: 'T9',
    name: 'put: a smaller content leaves nothing of a larger one',
    promise: PROMISE,
    async run({ driver, scratch }) {
      const path = scratch.path();
      for (const size of [1024 * 1024, 1024, 0]) {
        const content = scratch.content(size);
        await driver.put(path, content.bytes());
        await expectGet(driver, path, content);
        await expectContent(driver, path, content);
      }
    },
  },
  {
    id: 'T9.limit',
    name: 'put: takes MAX_PUT_SIZE bytes and refuses one more',
    promise: '`put` takes at most `MAX_PUT_SIZE` bytes.',
    async run({ driver, scratch }) {
      const path = scratch.path();
      const other = scratch.path();
      const content = scratch.content(MAX_PUT_SIZE);
      await driver.put(path, content.bytes());
      await expectGet(driver, path, content);
      await refused(driver, driver.put(other, new Uint8Array(MAX_PUT_SIZE + 1)), 'UNSUPPORTED', other);
      await absent(driver, other);
    },
  },
  {
    id: 'T9.copies',
    name: 'put and get: the caller and the store do not share memory',
    promise: 'What was put stays as it was put.',
    async run({ driver, scratch }) {
      const path = scratch.path();
      const content = scratch.content(1000);
      const given = content.bytes();
      await driver.put(path, given);
      given.fill(0);
      const taken = await driver.get(path);
      assert.equal(taken.length, content.size);
      taken.fill(0);
      await expectGet(driver, path, content);
    },
  },
];

function writeRead(
  id: string,
  what: string,
  make: (random: (size: number) => Uint8Array) => Uint8Array,
): ConformanceCase {
  return {
    id,
    name: `put and get: ${what}`,
    promise: PROMISE,
    async run({ driver, scratch }) {
      const path = scratch.path();
      const bytes = make((size) => scratch.content(size).bytes());
      await driver.put(path, bytes);
      await expectGet(driver, path, bytes);
    },
  };
}
