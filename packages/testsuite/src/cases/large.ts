import assert from 'node:assert/strict';
import type { ConformanceCase } from '../case.js';
import { expectContent, expectGet, writeContent } from '../transfer.js';

const MIB = 1024 * 1024;

export const largeCases: readonly ConformanceCase[] = [
  {
    id: 'T16',
    name: 'large: 5 GiB (10 MiB in the short form), written, read and read from behind 4 GiB',
    promise: 'Bodies stream; sizes and offsets are not limited to 32 bits.',
    timeoutMs: 3_600_000,
    async run({ driver, scratch, short }) {
      const path = scratch.path();
      const content = scratch.content((short ? 10 : 5 * 1024) * MIB + 1);
      await writeContent(driver, path, content, { chunkSize: MIB + 1 });
      assert.equal((await driver.stat(path)).size, content.size);
      await expectContent(driver, path, content, { chunkSize: MIB });
      const offset = short ? 9 * MIB - 3 : 2 ** 32 - 3;
      await expectContent(driver, path, content, { offset, length: 7 });
      await expectContent(driver, path, content, { offset: content.size - 1 });
    },
  },
  {
    id: 'T45.parts',
    name: 'large: more than 10,000 writes to one object',
    promise: '`write` appends `chunk`, however often.',
    timeoutMs: 600_000,
    async run({ driver, scratch }) {
      const path = scratch.path();
      const content = scratch.content(10_007 * 29);
      await writeContent(driver, path, content, { chunkSize: 29 });
      await expectGet(driver, path, content);
    },
  },
];
