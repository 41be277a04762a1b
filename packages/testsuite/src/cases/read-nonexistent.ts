import { refused } from '../assertions.js';
import type { ConformanceCase } from '../case.js';

export const readNonexistentCases: readonly ConformanceCase[] = [
  {
    id: 'T10',
    name: 'get: of nothing is refused',
    promise: '`get` rejects with PATH_NOT_FOUND when nothing is there.',
    async run({ driver, scratch }) {
      const path = scratch.path();
      await refused(driver, driver.get(path), 'PATH_NOT_FOUND', path);
    },
  },
  {
    id: 'T20',
    name: 'reader: of nothing is refused at open, at any offset',
    promise:
      '`reader` opens the object before it resolves, so that a failure is known before the first byte.',
    async run({ driver, scratch }) {
      const path = scratch.path();
      await refused(driver, driver.reader(path, { offset: 0 }), 'PATH_NOT_FOUND', path);
      await refused(driver, driver.reader(path, { offset: 64 }), 'PATH_NOT_FOUND', path);
    },
  },
];
