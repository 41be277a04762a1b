import assert from 'node:assert/strict';
import { type ContentReader, type StorageDriver, isStorageError } from '@outrigger/driver';
import { refused, sameBytes } from '../assertions.js';
import { type ConformanceCase, skip } from '../case.js';
import { expectContent, expectGet, writeContent, writePart } from '../transfer.js';

const MIB = 1024 * 1024;

export const slowConsumerCases: readonly ConformanceCase[] = [
  {
    id: 'T43.slow-reader',
    name: 'reader: one that is not read from holds nothing up',
    promise:
      'A consumer decides how much is in memory at a time. All methods may be called at the same time.',
    async run({ driver, scratch }) {
      const path = scratch.path();
      const content = scratch.content(8 * MIB);
      await writeContent(driver, path, content);
      const idle = await driver.reader(path);
      const first = await readSome(idle, 1000);
      await expectContent(driver, path, content);
      assert.equal((await driver.stat(path)).size, content.size);
      sameBytes(first, content.bytes(0, first.length), 'what was read before the pause');
      const rest = await readSome(idle, 1000);
      sameBytes(
        rest,
        content.bytes(first.length, first.length + rest.length),
        'what was read after the pause',
      );
      await idle.close();
    },
  },
  {
    id: 'T43.slow-writer',
    name: 'writer: one that is not written to holds nothing up',
    promise: 'All methods may be called at the same time.',
    async run({ driver, scratch }) {
      const [path, other] = [scratch.path(), scratch.path()];
      const [content, between] = [scratch.content(2 * MIB), scratch.content(2 * MIB)];
      const idle = await driver.writer(path);
      await writePart(idle, content, { to: MIB });
      await writeContent(driver, other, between);
      await expectContent(driver, other, between);
      await writePart(idle, content, { from: MIB });
      await idle.commit();
      await expectContent(driver, path, content);
    },
  },
  {
    id: 'T43.dropped',
    name: 'reader: many that are left in the middle',
    promise: '`close` gives everything back; allowed at any point.',
    // The server of a store may read on to the end behind each of them.
    timeoutMs: 600_000,
    async run({ driver, scratch, short }) {
      const path = scratch.path();
      const content = scratch.content(4 * MIB);
      await writeContent(driver, path, content);
      for (let turn = 0; turn < (short ? 100 : 300); turn++) {
        const reader = await driver.reader(path, { offset: turn });
        if (turn % 3 > 0) await readSome(reader, 100);
        await reader.close();
        if (turn % 2 > 0) await reader.close();
      }
      await expectContent(driver, path, content);
    },
  },
  {
    id: 'T43.after-close',
    name: 'reader: refused after its close',
    promise: '`read` rejects with ALREADY_CLOSED after `close`.',
    async run({ driver, scratch }) {
      const path = scratch.path();
      await driver.put(path, scratch.content(1000).bytes());
      const reader = await driver.reader(path);
      await reader.close();
      await refused(driver, reader.read(new Uint8Array(10)), 'ALREADY_CLOSED', path);
    },
  },
  {
    id: 'T43.close-in-read',
    name: 'reader: closed while it reads, it ends the read',
    promise: '`close` is allowed at any point, also during a read. Never rejects.',
    async run({ driver, scratch }) {
      const path = scratch.path();
      const content = scratch.content(2 * MIB);
      await writeContent(driver, path, content);
      for (let turn = 0; turn < 20; turn++) await closeInRead(driver, path, content.bytes(0, MIB));
      await expectContent(driver, path, content);
    },
  },
  {
    id: 'T43.replaced',
    name: 'reader: content that is replaced or deleted under it never mixes',
    promise: 'A reader with a version gives bytes of that version only, or ends in an error.',
    async run({ driver, scratch }) {
      const path = scratch.path();
      const [old, next] = [scratch.content(MIB), scratch.content(MIB)];
      await driver.put(path, old.bytes());
      const reader = await driver.reader(path);
      const first = await readSome(reader, 1000);
      // Without one, a read that takes several requests has nothing to hold on to.
      const isHeld = reader.version !== undefined;
      await driver.put(path, next.bytes());
      const rest = await readOn(reader, MIB);
      await reader.close();
      if (!isHeld) skip('the driver gives no versions');
      const seen = Buffer.concat([first, rest.bytes]);
      sameBytes(seen, old.bytes(0, seen.length), 'what the reader saw');
      assert.ok(rest.error !== undefined || seen.length === MIB, 'a reader ends in an error or at the end');
      await expectGet(driver, path, next);
    },
  },
];

async function readSome(reader: ContentReader, size: number): Promise<Uint8Array> {
  const buffer = new Uint8Array(size);
  return buffer.slice(0, await reader.read(buffer));
}

async function readOn(reader: ContentReader, limit: number): Promise<{ bytes: Uint8Array; error?: unknown }> {
  const chunks: Uint8Array[] = [];
  try {
    for (let total = 0; total <= limit;) {
      const chunk = await readSome(reader, 10_007);
      if (chunk.length === 0) break;
      chunks.push(chunk);
      total += chunk.length;
    }
  } catch (error) {
    assert.ok(isStorageError(error), String(error));
    return { bytes: Buffer.concat(chunks), error };
  }
  return { bytes: Buffer.concat(chunks) };
}

async function closeInRead(driver: StorageDriver, path: string, expected: Uint8Array): Promise<void> {
  const reader = await driver.reader(path);
  const into = new Uint8Array(expected.length);
  const read = reader.read(into).then(
    (count) => sameBytes(into.subarray(0, count), expected.subarray(0, count), 'a read that was closed'),
    (error: unknown) => assert.ok(isStorageError(error), String(error)),
  );
  await reader.close();
  await read;
}
