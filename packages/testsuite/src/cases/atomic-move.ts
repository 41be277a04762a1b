import type { ConformanceCase } from '../case.js';
import { expectOneOf, readersDuring } from '../torn-reads.js';

export const atomicMoveCases: readonly ConformanceCase[] = [
  {
    id: 'T41.move',
    name: 'atomicMove: a reader of the destination sees the old or the new content',
    promise:
      'A reader of the destination of a `move` sees the old or the new content, never neither and never a part.',
    requires: ['atomicMove'],
    async run({ driver, scratch }) {
      const [source, destination] = [scratch.path(), scratch.path()];
      const contents = [10_000, 20_000, 30_000].map((size) => scratch.content(size).bytes());
      await driver.put(destination, contents[0] ?? new Uint8Array(0));
      const moves = async () => {
        for (let turn = 0; turn < 10; turn++) {
          for (const content of contents) {
            await driver.put(source, content);
            await driver.move(source, destination);
          }
        }
      };
      await readersDuring(driver, destination, moves(), (seen) => expectOneOf(seen, contents));
    },
  },
];
