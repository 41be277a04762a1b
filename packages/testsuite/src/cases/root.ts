import assert from 'node:assert/strict';
import type { ConformanceCase } from '../case.js';

export const rootCases: readonly ConformanceCase[] = [
  {
    id: 'T1',
    name: 'root: an empty store can be listed',
    promise: '`/` can always be listed.',
    async run({ driver }) {
      const page = await driver.list('/');
      assert.deepEqual(page.entries, []);
      assert.equal(page.cursor, undefined, 'an empty page is the last one');
    },
  },
];
