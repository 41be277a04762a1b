import assert from 'node:assert/strict';
import { type FileWriter, isStorageError, readToEnd } from '@outrigger/driver';
import { absent, refused, sameBytes } from '../assertions.js';
import type { CaseContext, ConformanceCase } from '../case.js';
import { expectGet, writeContent, writePart } from '../transfer.js';

export const writerLifecycleCases: readonly ConformanceCase[] = [
  {
    id: 'T38.commit',
    name: 'writer: after a commit only a close is allowed, once',
    promise:
      'ALREADY_CLOSED after close, commit or cancel; after a commit a close does nothing, a second close rejects.',
    run: (context) => endedBy(context, (writer) => writer.commit(), true),
  },
  {
    id: 'T38.close',
    name: 'writer: after a close nothing is allowed',
    promise: 'ALREADY_CLOSED after close, commit or cancel.',
    run: (context) => endedBy(context, (writer) => writer.close(), false),
  },
  {
    id: 'T38.cancel',
    name: 'writer: after a cancel only a close is allowed, once',
    promise:
      'ALREADY_CLOSED after close, commit or cancel; after a cancel a close does nothing, a second close rejects.',
    run: (context) => endedBy(context, (writer) => writer.cancel(), true),
  },
  {
    id: 'T38.cancelled',
    name: 'writer: a cancel removes what was written',
    promise: '`cancel` removes what this writer wrote.',
    async run({ driver, scratch }) {
      for (const size of [0, 10, 300_000]) {
        const path = scratch.path();
        const writer = await driver.writer(path);
        await writePart(writer, scratch.content(size));
        await writer.cancel();
        await absent(driver, path);
        await refused(driver, driver.delete(path), 'PATH_NOT_FOUND', path);
      }
    },
  },
  {
    id: 'T38.cancel-replacing',
    name: 'writer: a cancel over committed content leaves the old content or nothing',
    promise: '`truncate`: what the path held before is lost at the latest by the commit.',
    async run({ driver, scratch }) {
      const path = scratch.path();
      const old = scratch.content(50_000);
      await driver.put(path, old.bytes());
      const writer = await driver.writer(path);
      await writePart(writer, scratch.content(10_000));
      await writer.cancel();
      await driver.get(path).then(
        (seen) => sameBytes(seen, old.bytes(), 'what a cancelled writer left'),
        (error: unknown) => assert.ok(isStorageError(error, 'PATH_NOT_FOUND'), String(error)),
      );
    },
  },
  {
    id: 'T38.uncommitted',
    name: 'writer: before the commit a reader sees nothing, or the beginning of what was written',
    promise: 'Only a commit makes content real.',
    async run({ driver, scratch }) {
      const path = scratch.path();
      const content = scratch.content(600_000);
      const writer = await driver.writer(path);
      await writePart(writer, content, { to: 400_000 });
      await expectBeginning({ driver, path, whole: content.bytes(0, 400_000) });
      await writer.close();
      await expectBeginning({ driver, path, whole: content.bytes(0, 400_000) });
      const last = await driver.writer(path, { mode: 'append' });
      await writePart(last, content, { from: 400_000 });
      await last.commit();
      await expectGet(driver, path, content);
    },
  },
  {
    id: 'T38.truncate',
    name: 'writer: replaces committed content, also by less',
    promise: '`truncate` starts from nothing.',
    async run({ driver, scratch }) {
      const path = scratch.path();
      for (const size of [300_000, 1000, 0]) {
        const content = scratch.content(size);
        await writeContent(driver, path, content);
        await expectGet(driver, path, content);
      }
    },
  },
  {
    id: 'T38.truncate-closed',
    name: 'writer: starts again over content that was closed without a commit',
    promise: '`truncate` starts from nothing.',
    async run({ driver, scratch }) {
      const path = scratch.path();
      const content = scratch.content(1000);
      const first = await driver.writer(path);
      await writePart(first, scratch.content(5000));
      await first.close();
      await writeContent(driver, path, content);
      await expectGet(driver, path, content);
    },
  },
  {
    id: 'T38.expected-size',
    name: 'writer: the expected size is a hint and no promise',
    promise: '`expectedSize`: a hint for part sizes and early QUOTA_EXCEEDED.',
    async run({ driver, scratch }) {
      const path = scratch.path();
      const content = scratch.content(1000);
      for (const expectedSize of [0, 1000, 5000]) {
        await writeContent(driver, path, content, { expectedSize });
        await expectGet(driver, path, content);
      }
    },
  },
];

async function endedBy(
  { driver, scratch }: CaseContext,
  end: (writer: FileWriter) => Promise<void>,
  isCloseAllowed: boolean,
): Promise<void> {
  const path = scratch.path();
  const writer = await driver.writer(path);
  await writePart(writer, scratch.content(1000));
  await end(writer);
  const attempts = [() => writer.write(new Uint8Array(1)), () => writer.commit(), () => writer.cancel()];
  for (const attempt of attempts) await refused(driver, attempt(), 'ALREADY_CLOSED', path);
  if (isCloseAllowed) await writer.close();
  await refused(driver, writer.close(), 'ALREADY_CLOSED', path);
}

async function expectBeginning({
  driver,
  path,
  whole,
}: Pick<CaseContext, 'driver'> & { path: string; whole: Uint8Array }): Promise<void> {
  try {
    const seen = await readToEnd(await driver.reader(path), whole.length);
    sameBytes(seen, whole.subarray(0, seen.length), 'content before its commit');
  } catch (error) {
    assert.ok(isStorageError(error, 'PATH_NOT_FOUND'), String(error));
  }
}
