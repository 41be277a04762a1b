import { absent, refused } from '../assertions.js';
import type { ConformanceCase } from '../case.js';
import { expectContent, expectGet, writeContent } from '../transfer.js';

const REQUIRES = ['copy'] as const;

export const copyCases: readonly ConformanceCase[] = [
  {
    id: 'copy.separate',
    name: 'copy: the object is at both places, each with a life of its own',
    promise: '`copy`: as `move`, leaving the source.',
    requires: REQUIRES,
    async run({ driver, scratch }) {
      const [source, destination] = [scratch.path(), scratch.path()];
      const [content, next] = [scratch.content(6 * 1024 * 1024), scratch.content(10)];
      await writeContent(driver, source, content);
      await driver.put(destination, next.bytes());
      await driver.copy?.(source, destination);
      await expectContent(driver, source, content);
      await expectContent(driver, destination, content);
      await driver.put(source, next.bytes());
      await expectContent(driver, destination, content);
      await driver.delete(source);
      await expectContent(driver, destination, content);
    },
  },
  {
    id: 'copy.absent',
    name: 'copy: of nothing is refused and leaves the destination',
    promise: 'PATH_NOT_FOUND when the source is absent; the destination is then untouched.',
    requires: REQUIRES,
    async run({ driver, scratch }) {
      const [source, destination, elsewhere] = [scratch.path(), scratch.path(), scratch.path()];
      const content = scratch.content(10);
      await driver.put(destination, content.bytes());
      await refused(
        driver,
        driver.copy?.(source, destination) ?? Promise.resolve(),
        'PATH_NOT_FOUND',
        source,
      );
      await expectGet(driver, destination, content);
      await refused(driver, driver.copy?.(source, elsewhere) ?? Promise.resolve(), 'PATH_NOT_FOUND', source);
      await absent(driver, elsewhere);
    },
  },
];
