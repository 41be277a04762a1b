import assert from 'node:assert/strict';
import type { ConformanceCase } from '../case.js';
import { expectContent, expectGet, writeContent } from '../transfer.js';

const MIB = 1024 * 1024;
const PROMISE = 'All methods may be called at the same time.';

export const concurrentWriteCases: readonly ConformanceCase[] = [
  {
    id: 'T36',
    name: 'writer: many streams at once, each to its own path',
    promise: PROMISE,
    timeoutMs: 600_000,
    async run({ driver, scratch, short }) {
      const streams = short ? 8 : 32;
      const jobs = Array.from({ length: streams }, () => ({
        path: scratch.path(),
        content: scratch.content(streams * MIB),
      }));
      await Promise.all(
        jobs.map(async ({ path, content }) => {
          await writeContent(driver, path, content);
          await expectContent(driver, path, content);
        }),
      );
    },
  },
  {
    id: 'T36.calls',
    name: 'calls: a hundred small ones of every kind at once',
    promise: PROMISE,
    async run({ driver, scratch }) {
      const top = scratch.directory();
      const jobs = Array.from({ length: 100 }, (_, i) => ({
        path: `${top}/${String(i)}/f`,
        content: scratch.content(i),
      }));
      await Promise.all(
        jobs.map(async ({ path, content }) => {
          await driver.put(path, content.bytes());
          await expectGet(driver, path, content);
          await driver.move(path, `${path}2`);
          assert.equal((await driver.stat(`${path}2`)).size, content.size);
          await driver.delete(`${path}2`);
        }),
      );
    },
  },
];
