import assert from 'node:assert/strict';
import { refused } from '../assertions.js';
import type { ConformanceCase } from '../case.js';
import { skip } from '../case.js';
import { expectContent } from '../transfer.js';

export const readerOffsetCases: readonly ConformanceCase[] = [
  {
    id: 'T17',
    name: 'reader: starts at its offset, also at the end and behind it',
    promise: '`offset` is the first byte; at or behind the end: an empty reader.',
    async run({ driver, scratch }) {
      const path = scratch.path();
      const content = scratch.content(96);
      await driver.put(path, content.bytes());
      for (const offset of [0, 1, 32, 64, 95, 96, 97, 1_000_000])
        await expectContent(driver, path, content, { offset });
    },
  },
  {
    id: 'T17.negative',
    name: 'reader: a negative offset is refused',
    promise: '`reader` rejects with INVALID_OFFSET for a negative offset.',
    async run({ driver, scratch }) {
      const path = scratch.path();
      await driver.put(path, scratch.content(96).bytes());
      const error = await refused(driver, driver.reader(path, { offset: -1 }), 'INVALID_OFFSET', path);
      assert.equal(error.offset, -1);
    },
  },
  {
    id: 'T17.length',
    name: 'reader: ends after its length',
    promise: '`length`: at most so many bytes.',
    async run({ driver, scratch }) {
      const path = scratch.path();
      const content = scratch.content(300_000);
      await driver.put(path, content.bytes());
      for (const length of [0, 1, 95, 65_536, 299_999, 300_000, 300_001])
        await expectContent(driver, path, content, { length });
      for (const [offset, length] of RANGES) await expectContent(driver, path, content, { offset, length });
    },
  },
  {
    id: 'D14.version',
    name: 'reader: ifMatch reads the version that was asked for, or nothing',
    promise: '`ifMatch` reads only this version of the content; otherwise UNAVAILABLE, not retryable.',
    async run({ driver, scratch }) {
      const path = scratch.path();
      const [first, second] = [scratch.content(500), scratch.content(500)];
      await driver.put(path, first.bytes());
      const { version } = await driver.stat(path);
      if (version === undefined) skip('the driver gives no versions');
      await expectContent(driver, path, first, { ifMatch: version, offset: 100 });
      await driver.put(path, second.bytes());
      assert.notEqual(
        (await driver.stat(path)).version,
        version,
        'a change of the content changes the version',
      );
      const error = await refused(driver, driver.reader(path, { ifMatch: version }), 'UNAVAILABLE', path);
      assert.equal(error.retryable, false);
    },
  },
  {
    id: 'D14.reader',
    name: 'reader: tells what stat tells',
    promise:
      '`size` is that of the whole object, whatever offset and length were asked for; `version` as of `stat`.',
    async run({ driver, scratch }) {
      const path = scratch.path();
      await driver.put(path, scratch.content(777).bytes());
      const info = await driver.stat(path);
      const reader = await driver.reader(path, { offset: 10, length: 20 });
      await reader.close();
      assert.equal(reader.size, 777);
      assert.equal(reader.modTime.getTime(), info.modTime.getTime());
      assert.equal(reader.version, info.version);
    },
  },
];

const RANGES = [
  [1, 1],
  [100_000, 100_000],
  [299_999, 1],
  [299_999, 10],
  [300_000, 10],
  [300_001, 10],
] as const;
