import type { ConformanceCase } from '../case.js';
import { expectOneOf, readersDuring } from '../torn-reads.js';

export const atomicPutCases: readonly ConformanceCase[] = [
  {
    id: 'T41',
    name: 'put: many at once to one path, and every reader sees one of them whole',
    promise: '`put` is atomic: a reader sees the old content or the new.',
    async run({ driver, scratch }) {
      const path = scratch.path();
      const contents = Array.from({ length: 8 }, (_, i) => scratch.content(20_000 * (i + 1)).bytes());
      await driver.put(path, contents[0] ?? new Uint8Array(0));
      const writeOften = async (content: Uint8Array) => {
        for (let turn = 0; turn < 5; turn++) await driver.put(path, content);
      };
      await readersDuring(driver, path, Promise.all(contents.map(writeOften)), (seen) =>
        expectOneOf(seen, contents),
      );
      expectOneOf(await driver.get(path), contents);
    },
  },
];
