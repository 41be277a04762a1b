import assert from 'node:assert/strict';
import type { ConformanceCase } from '../case.js';
import type { StorageDriver } from '@outrigger/driver';
import type { Content } from '../content.js';
import { expectContent, expectGet, writeContent } from '../transfer.js';

const PROMISE = '`append` continues a committed object of zero bytes.';

export const zeroByteCases: readonly ConformanceCase[] = [
  {
    id: 'T21',
    name: 'zero bytes: committed by a writer, then appended to',
    promise: PROMISE,
    async run({ driver, scratch }) {
      const path = scratch.path();
      await writeContent(driver, path, scratch.content(0));
      await fillEmpty(driver, path, scratch.content(32));
    },
  },
  {
    id: 'T22',
    name: 'zero bytes: put, then appended to',
    promise: PROMISE,
    async run({ driver, scratch }) {
      const path = scratch.path();
      await driver.put(path, new Uint8Array(0));
      await fillEmpty(driver, path, scratch.content(32));
    },
  },
  {
    id: 'T21.closed',
    name: 'zero bytes: closed without a byte, then appended to',
    promise: '`close` makes what was accepted durable and resumable, also when that is nothing.',
    async run({ driver, scratch }) {
      const path = scratch.path();
      const content = scratch.content(32);
      await (await driver.writer(path)).close();
      await writeContent(driver, path, content, { mode: 'append' });
      await expectGet(driver, path, content);
    },
  },
];

async function fillEmpty(driver: StorageDriver, path: string, content: Content): Promise<void> {
  const info = await driver.stat(path);
  assert.equal(info.size, 0);
  assert.equal(info.isDir, false);
  assert.equal((await driver.get(path)).length, 0);
  const reader = await driver.reader(path);
  assert.equal(await reader.read(new Uint8Array(32)), 0);
  await reader.close();
  await writeContent(driver, path, content, { mode: 'append' });
  await expectContent(driver, path, content);
}
