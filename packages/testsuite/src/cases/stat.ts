import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { isStorageError } from '@outrigger/driver';
import { refused } from '../assertions.js';
import type { ConformanceCase } from '../case.js';
import { writeContent } from '../transfer.js';

export const statCases: readonly ConformanceCase[] = [
  {
    id: 'T33',
    name: 'stat: of nothing, of a file and of a directory',
    promise:
      '`stat` tells the full path, the size (0 for a directory), the time and whether it is a directory.',
    async run({ driver, scratch }) {
      const directory = scratch.path();
      const file = `${directory}/${scratch.random.word(8)}`;
      await refused(driver, driver.stat(directory), 'PATH_NOT_FOUND', directory);
      await refused(driver, driver.stat(file), 'PATH_NOT_FOUND', file);
      await driver.put(file, scratch.content(4096).bytes());
      const { path, size, isDir, modTime } = await driver.stat(file);
      assert.deepEqual({ path, size, isDir }, { path: file, size: 4096, isDir: false });
      assert.ok(modTime instanceof Date && !Number.isNaN(modTime.getTime()), 'modTime is a time');
      const above = await driver.stat(directory);
      assert.deepEqual([above.path, above.size, above.isDir], [directory, 0, true]);
    },
  },
  {
    id: 'T33.time',
    name: 'stat: the time moves when the content changes',
    promise: '`modTime` is the time of the last change of the content.',
    async run({ driver, scratch, signal }) {
      const path = scratch.path();
      await driver.put(path, scratch.content(4096).bytes());
      const { modTime } = await driver.stat(path);
      for (let pause = 10; ; pause = Math.min(pause * 2, 500)) {
        await driver.put(path, scratch.content(4096).bytes());
        if ((await driver.stat(path)).modTime > modTime) return;
        // Backends count in milliseconds, seconds or, as FAT, in two of them: write again until a tick has passed.
        await delay(pause, undefined, { signal });
      }
    },
  },
  {
    id: 'T33.root',
    name: 'stat: of the root is a directory, or not found in an empty store',
    promise: 'PATH_NOT_FOUND when nothing is there. `/` of an empty store may be either.',
    async run({ driver, scratch }) {
      try {
        assert.equal((await driver.stat('/')).isDir, true);
      } catch (error) {
        assert.ok(isStorageError(error, 'PATH_NOT_FOUND'), String(error));
      }
      await driver.put(scratch.path(), scratch.content(1).bytes());
      const { path, isDir, size } = await driver.stat('/');
      assert.deepEqual({ path, isDir, size }, { path: '/', isDir: true, size: 0 });
    },
  },
  {
    id: 'T33.streamed',
    name: 'stat: of a streamed object, at once after its commit',
    promise: '`commit` makes the content durable and visible to `get`, `reader` and `stat`.',
    async run({ driver, scratch }) {
      const path = scratch.path();
      await writeContent(driver, path, scratch.content(300_001));
      assert.equal((await driver.stat(path)).size, 300_001);
      await writeContent(driver, path, scratch.content(17));
      assert.equal((await driver.stat(path)).size, 17);
    },
  },
];
