import assert from 'node:assert/strict';
import type { StorageDriver } from '@outrigger/driver';
import { absent, refused } from '../assertions.js';
import type { ConformanceCase } from '../case.js';
import { expectContent, expectGet, writeContent } from '../transfer.js';

const PROMISE = 'Aborting rejects the call with CANCELLED.';

export const cancelCases: readonly ConformanceCase[] = [
  {
    id: 'cancel.aborted',
    name: 'cancel: no call starts with an aborted signal',
    promise: PROMISE,
    async run({ driver, scratch }) {
      const [path, other] = [scratch.path(), scratch.path()];
      const content = scratch.content(100);
      await driver.put(path, content.bytes());
      for (const call of callsWith(driver, path, other, AbortSignal.abort()))
        await refused(driver, call(), 'CANCELLED');
      await absent(driver, other);
      await expectGet(driver, path, content);
    },
  },
  {
    id: 'cancel.reader',
    name: 'cancel: a reader ends when its signal is aborted',
    promise: '`read` rejects with CANCELLED after the signal given at open was aborted.',
    async run({ driver, scratch }) {
      const path = scratch.path();
      const content = scratch.content(8 * 1024 * 1024);
      await writeContent(driver, path, content);
      const controller = new AbortController();
      const reader = await driver.reader(path, { signal: controller.signal });
      assert.ok((await reader.read(new Uint8Array(1000))) > 0);
      controller.abort();
      await refused(driver, reader.read(new Uint8Array(1000)), 'CANCELLED', path);
      await reader.close();
      await expectContent(driver, path, content);
    },
  },
  {
    id: 'cancel.reading',
    name: 'cancel: a read in progress ends, at whatever point the signal is aborted',
    promise: '`read` rejects with CANCELLED after the signal given at open was aborted.',
    async run({ driver, scratch }) {
      const path = scratch.path();
      const content = scratch.content(2 * 1024 * 1024);
      await writeContent(driver, path, content);
      for (let turn = 0; turn < 20; turn++) await abortInRead(driver, path, turn * 10_000);
      await expectContent(driver, path, content);
    },
  },
  {
    id: 'cancel.in-flight',
    name: 'cancel: a call in flight is answered, and the driver goes on',
    promise: 'Aborting rejects the call with CANCELLED. Work that cannot be taken back may still be done.',
    async run({ driver, scratch }) {
      const [path, other] = [scratch.path(), scratch.path()];
      const content = scratch.content(500_000);
      await driver.put(path, content.bytes());
      const controller = new AbortController();
      const { signal } = controller;
      const calls = [
        driver.stat(path, { signal }),
        driver.list('/', { signal }),
        driver.get(path, { signal }),
      ];
      const outcomes = Promise.allSettled([...calls, driver.put(other, content.bytes(), { signal })]);
      controller.abort();
      for (const outcome of await outcomes) {
        if (outcome.status === 'rejected')
          await refused(driver, Promise.reject(outcome.reason as Error), 'CANCELLED');
      }
      await expectGet(driver, path, content);
      await driver.put(other, content.bytes());
      await expectGet(driver, other, content);
    },
  },
];

async function abortInRead(driver: StorageDriver, path: string, offset: number): Promise<void> {
  const controller = new AbortController();
  const reader = await driver.reader(path, { offset, signal: controller.signal });
  const into = new Uint8Array(1024 * 1024);
  const reading = reader.read(into);
  controller.abort();
  const [outcome] = await Promise.allSettled([reading]);
  if (outcome.status === 'rejected') await refused(driver, reading, 'CANCELLED', path);
  await refused(driver, reader.read(into), 'CANCELLED', path);
  await reader.close();
}

function callsWith(
  driver: StorageDriver,
  path: string,
  other: string,
  signal: AbortSignal,
): (() => Promise<unknown>)[] {
  return [
    () => driver.stat(path, { signal }),
    () => driver.list('/', { signal }),
    () => driver.get(path, { signal }),
    () => driver.put(other, new Uint8Array(10), { signal }),
    () => driver.reader(path, { signal }),
    () => driver.writer(other, { signal }),
    () => driver.move(path, other, { signal }),
    () => driver.delete(path, { signal }),
  ];
}
