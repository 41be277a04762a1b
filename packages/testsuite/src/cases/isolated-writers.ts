import assert from 'node:assert/strict';
import { absent, refused } from '../assertions.js';
import type { ConformanceCase } from '../case.js';
import { expectOneOf, readersDuring } from '../torn-reads.js';
import { expectGet, writeContent, writePart } from '../transfer.js';

const REQUIRES = ['isolatedWriters'] as const;
const mode = 'isolated';

export const isolatedWriterCases: readonly ConformanceCase[] = [
  {
    id: 'T38.isolated',
    name: 'isolated writer: nothing is seen before the commit, by no operation',
    promise: '`isolated`: nobody sees anything before the commit.',
    requires: REQUIRES,
    async run({ driver, scratch }) {
      const path = scratch.path();
      const content = scratch.content(600_000);
      const writer = await driver.writer(path, { mode });
      await writePart(writer, content);
      await absent(driver, path);
      await writer.commit();
      await writer.close();
      await expectGet(driver, path, content);
    },
  },
  {
    id: 'T38.isolated-two',
    name: 'isolated writer: two of one path never touch each other',
    promise:
      '`isolated`: two writers of one path never touch each other\u2019s bytes; cancel removes only its own.',
    requires: REQUIRES,
    async run({ driver, scratch }) {
      const path = scratch.path();
      const [first, second, third] = [
        scratch.content(300_000),
        scratch.content(200_000),
        scratch.content(100_000),
      ];
      const writers = [
        await driver.writer(path, { mode }),
        await driver.writer(path, { mode }),
        await driver.writer(path, { mode }),
      ] as const;
      await Promise.all([
        writePart(writers[0], first),
        writePart(writers[1], second),
        writePart(writers[2], third),
      ]);
      await writers[1].commit();
      await expectGet(driver, path, second);
      await writers[2].cancel();
      await expectGet(driver, path, second);
      await writers[0].commit();
      await expectGet(driver, path, first);
    },
  },
  {
    id: 'T38.isolated-close',
    name: 'isolated writer: a close without a commit discards',
    promise: 'An isolated writer that was not committed is discarded by its close; it cannot be resumed.',
    requires: REQUIRES,
    async run({ driver, scratch }) {
      const path = scratch.path();
      const old = scratch.content(5000);
      await driver.put(path, old.bytes());
      const writer = await driver.writer(path, { mode });
      await writePart(writer, scratch.content(300_000));
      await writer.close();
      await expectGet(driver, path, old);
      await refused(driver, writer.commit(), 'ALREADY_CLOSED', path);
    },
  },
  {
    id: 'T38.isolated-nothing',
    name: 'isolated writer: a cancelled one leaves no trace, not even a directory',
    promise: '`cancel` removes what this writer wrote. Directories come and go with their content.',
    requires: REQUIRES,
    async run({ driver, scratch }) {
      const path = scratch.path();
      const writer = await driver.writer(path, { mode });
      await writePart(writer, scratch.content(1000));
      await writer.cancel();
      await absent(driver, path);
    },
  },
  {
    id: 'T41.isolated',
    name: 'isolated writer: readers see the old content or the new',
    promise: '`isolated`: the commit is atomic.',
    requires: REQUIRES,
    async run({ driver, scratch }) {
      const path = scratch.path();
      const contents = [20_000, 300_000, 40_000].map((size) => scratch.content(size));
      const whole = contents.map((content) => content.bytes());
      await driver.put(path, whole[0] ?? new Uint8Array(0));
      const write = async () => {
        for (let turn = 0; turn < 5; turn++) {
          for (const content of contents) await writeContent(driver, path, content, { mode });
        }
      };
      await readersDuring(driver, path, write(), (seen) => expectOneOf(seen, whole));
    },
  },
  {
    id: 'T38.isolated-undeclared',
    name: 'isolated writer: refused by a driver that does not declare it',
    promise: 'What is not declared is never used.',
    async run({ driver, scratch }) {
      if (driver.capabilities.isolatedWriters === true) return;
      const path = scratch.path();
      const error = await refused(driver, driver.writer(path, { mode }), 'UNSUPPORTED', path);
      assert.equal(error.retryable, false);
    },
  },
];
