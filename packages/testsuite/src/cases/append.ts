import assert from 'node:assert/strict';
import { isStorageError, type StorageDriver } from '@outrigger/driver';
import { type CaseContext, type ConformanceCase, reopened } from '../case.js';
import type { Content } from '../content.js';
import { expectContent, writePart } from '../transfer.js';

const PROMISE = '`close` makes what was accepted durable and resumable; `append` continues from there.';

export const appendCases: readonly ConformanceCase[] = [
  appendThrice('T18', 10 * 1024 * 1024),
  appendThrice('T19', 32),
  {
    id: 'T18.absent',
    name: 'append: to nothing is refused, or starts from nothing',
    promise:
      '`append`: PATH_NOT_FOUND when there is nothing at the path. (Distribution creates it; that is accepted.)',
    async run({ driver, scratch }) {
      const path = scratch.path();
      try {
        const writer = await driver.writer(path, { mode: 'append' });
        assert.equal(writer.size, 0);
        await writer.cancel();
      } catch (error) {
        assert.ok(isStorageError(error, 'PATH_NOT_FOUND'), `expected PATH_NOT_FOUND, got ${String(error)}`);
      }
    },
  },
  {
    id: 'T39',
    name: 'append: a second instance continues what the first one closed',
    promise: '`close` makes what was accepted durable and resumable, in another process too.',
    async run(context) {
      const content = context.scratch.content(3 * 70_001);
      const second = await reopened(context);
      await writeInTurns([context.driver, second, context.driver], context.scratch.path(), content, second);
    },
  },
  {
    id: 'T39.abandoned',
    name: 'append: works after a writer that was closed without a byte of its own',
    promise: PROMISE,
    async run({ driver, scratch }) {
      const path = scratch.path();
      const content = scratch.content(1000);
      const first = await driver.writer(path);
      await writePart(first, content, { to: 400 });
      await first.close();
      const idle = await driver.writer(path, { mode: 'append' });
      assert.equal(idle.size, 400);
      await idle.close();
      const last = await driver.writer(path, { mode: 'append' });
      assert.equal(last.size, 400, 'a writer that wrote nothing lost nothing');
      await writePart(last, content, { from: 400 });
      await last.commit();
      await expectContent(driver, path, content);
    },
  },
];

function appendThrice(id: string, size: number): ConformanceCase {
  return {
    id,
    name: `append: three times ${String(size)} bytes by three writers`,
    promise: PROMISE,
    async run({ driver, scratch }: CaseContext) {
      await writeInTurns([driver, driver, driver], scratch.path(), scratch.content(3 * size), driver);
    },
  };
}

/** Each driver writes its part; the last one commits. */
async function writeInTurns(
  drivers: readonly StorageDriver[],
  path: string,
  content: Content,
  reader: StorageDriver,
): Promise<void> {
  const step = content.size / drivers.length;
  for (const [turn, driver] of drivers.entries()) {
    const from = turn * step;
    const writer = await driver.writer(path, { mode: turn === 0 ? 'truncate' : 'append' });
    assert.equal(writer.size, from, 'size of the writer when it is opened');
    await writePart(writer, content, { from, to: from + step });
    assert.equal(writer.size, from + step, 'size of the writer after its writes');
    if (turn === drivers.length - 1) await writer.commit();
    await writer.close();
    assert.equal(writer.size, from + step, 'size of the writer after its end');
  }
  await expectContent(reader, path, content);
}
