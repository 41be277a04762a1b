import assert from 'node:assert/strict';
import { readToEnd } from '@outrigger/driver';
import { sameBytes } from '../assertions.js';
import type { CaseContext, ConformanceCase } from '../case.js';
import { expectContent, expectGet, writeContent } from '../transfer.js';

const PROMISE = '`commit` makes the content durable and visible to `get`, `reader` and `stat`.';

/** Sizes at which transports and backends cut, in KiB. */
const BOUNDARIES_KIB = [4, 16, 32, 64, 256, 1024];

export const streamCases: readonly ConformanceCase[] = [
  writeReadStream('T11', 'one byte', () => Buffer.from('a')),
  writeReadStream('T12', 'UTF-8', () => Buffer.from('\u00df')),
  writeReadStream('T13', '32 bytes', ({ scratch }) => scratch.content(32).bytes()),
  writeReadStream('T14', '1 MiB', ({ scratch }) => scratch.content(1024 * 1024).bytes()),
  writeReadStream('T15', 'bytes that are not UTF-8', () => Buffer.alloc(4, 0x80)),
  {
    id: 'T45.boundaries',
    name: 'streams: sizes one below, at and one above the usual chunk sizes',
    promise: PROMISE,
    async run({ driver, scratch }) {
      const path = scratch.path();
      for (const kib of BOUNDARIES_KIB) {
        for (const size of [kib * 1024 - 1, kib * 1024, kib * 1024 + 1]) {
          const content = scratch.content(size);
          await writeContent(driver, path, content, { chunkSize: kib * 1024 });
          await expectContent(driver, path, content, { chunkSize: kib * 1024 });
          assert.equal((await driver.stat(path)).size, size);
        }
      }
    },
  },
  {
    id: 'T14.chunks',
    name: 'streams: what is read does not depend on the size of the writes and reads',
    promise:
      '`write` appends `chunk`; `read` fills `into` with at least 1 byte, or 0 at the end of the content.',
    async run({ driver, scratch }) {
      const path = scratch.path();
      const content = scratch.content(20_011);
      for (const chunkSize of [997, 20_011, 1_000_000]) {
        await writeContent(driver, path, content, { chunkSize });
        await expectContent(driver, path, content, { chunkSize: 1009 });
        await expectContent(driver, path, content, { chunkSize: 1_000_000 });
      }
    },
  },
  {
    id: 'T14.empty-chunk',
    name: 'writer: a chunk of zero bytes changes nothing',
    promise: '`write` appends `chunk`.',
    async run({ driver, scratch }) {
      const path = scratch.path();
      const content = scratch.content(100);
      const writer = await driver.writer(path);
      await writer.write(new Uint8Array(0));
      await writer.write(content.bytes());
      await writer.write(new Uint8Array(0));
      assert.equal(writer.size, 100);
      await writer.commit();
      await expectGet(driver, path, content);
    },
  },
];

function writeReadStream(
  id: string,
  what: string,
  make: (context: CaseContext) => Uint8Array,
): ConformanceCase {
  return {
    id,
    name: `writer and reader: ${what}`,
    promise: PROMISE,
    async run(context) {
      const { driver, scratch } = context;
      const path = scratch.path();
      const bytes = make(context);
      const writer = await driver.writer(path);
      await writer.write(bytes);
      await writer.commit();
      await writer.close();
      sameBytes(await readToEnd(await driver.reader(path), bytes.length), bytes, `reader of ${path}`);
      await expectGet(driver, path, bytes);
    },
  };
}
