import assert from 'node:assert/strict';
import type { ConformanceCase } from '../case.js';
import { expectGet } from '../transfer.js';

export const putManyTimesCases: readonly ConformanceCase[] = [
  {
    id: 'T34',
    name: 'put: again and again to one path',
    promise: '`put` replaces the whole of a small object.',
    async run({ driver, scratch }) {
      const path = scratch.path();
      for (const size of [4096, 2048, 8192, 1]) {
        const content = scratch.content(size);
        await driver.put(path, content.bytes());
        await expectGet(driver, path, content);
      }
    },
  },
  {
    id: 'T34.repeat',
    name: 'put: the same content twice, as after a lost answer',
    promise: '`put` is idempotent.',
    async run({ driver, scratch }) {
      const path = scratch.path();
      const content = scratch.content(4096);
      await driver.put(path, content.bytes());
      await driver.put(path, content.bytes());
      await expectGet(driver, path, content);
      assert.equal((await driver.stat(path)).size, 4096);
    },
  },
];
