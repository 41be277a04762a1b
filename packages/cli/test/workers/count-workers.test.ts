import { availableParallelism } from 'node:os';
import { expect, test } from 'vitest';
import { parseConfig } from '../../src/config/parse-config.js';
import { countWorkers } from '../../src/workers/count-workers.js';

const FILES = 'storage: {filesystem: {rootdirectory: /s}}';

test.each([
  [FILES, 1],
  [`${FILES}\noutrigger: {workers: 3}`, 3],
  [`${FILES}\noutrigger: {workers: auto}`, Math.min(8, availableParallelism())],
  ['storage: inmemory\noutrigger: {workers: auto}', 1],
  [`${FILES}\noutrigger: {workers: auto, stores: [{prefix: a, storage: inmemory}]}`, 1],
])('%s: %s', (sections, count) => {
  const { config } = parseConfig(`version: 0.1\n${sections}`, 'config.yml', {});
  expect(countWorkers(config)).toBe(count);
});
