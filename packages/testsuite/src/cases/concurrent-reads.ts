import type { ConformanceCase } from '../case.js';
import { expectContent, writeContent } from '../transfer.js';

const MIB = 1024 * 1024;

export const concurrentReadCases: readonly ConformanceCase[] = [
  {
    id: 'T35',
    name: 'reader: ten at once from random offsets of one object',
    promise: 'All methods may be called at the same time.',
    timeoutMs: 900_000,
    async run({ driver, scratch, short }) {
      const path = scratch.path();
      const content = scratch.content((short ? 10 : 128) * MIB);
      await writeContent(driver, path, content);
      const offsets = Array.from({ length: 10 }, () => scratch.random.integer(0, content.size));
      await Promise.all(offsets.map((offset) => expectContent(driver, path, content, { offset })));
    },
  },
];
