import assert from 'node:assert/strict';
import type { FileWriter, ReadOptions, StorageDriver, WriterOptions } from '@outrigger/driver';
import { sameBytes } from './assertions.js';
import type { Content } from './content.js';

/** A size that divides nothing: what is wrong at a boundary shows. */
const CHUNK_SIZE = 262_139;

export interface Part {
  readonly from?: number;
  readonly to?: number;
  readonly chunkSize?: number;
}

/** Writes a part of the content from one buffer, which is overwritten as soon as a write has resolved. */
export async function writePart(writer: FileWriter, content: Content, part: Part = {}): Promise<void> {
  const { from = 0, to = content.size, chunkSize = CHUNK_SIZE } = part;
  const buffer = new Uint8Array(Math.min(chunkSize, to - from));
  for (let at = from; at < to; at += buffer.length) {
    const chunk = buffer.subarray(0, Math.min(buffer.length, to - at));
    content.fill(chunk, at);
    await writer.write(chunk);
    chunk.fill(0);
  }
}

/** The whole content through a writer, committed. */
export async function writeContent(
  driver: StorageDriver,
  path: string,
  content: Content,
  options: WriterOptions & Part = {},
): Promise<void> {
  const writer = await driver.writer(path, options);
  await writePart(writer, content, options);
  assert.equal(writer.size, content.size, 'size of the writer before its commit');
  await writer.commit();
  await writer.close();
  assert.equal(writer.size, content.size, 'size of the writer after its commit');
}

/** Asserts that a reader gives exactly this part of the content, chunk by chunk. */
export async function expectContent(
  driver: StorageDriver,
  path: string,
  content: Content,
  options: ReadOptions & { readonly chunkSize?: number } = {},
): Promise<void> {
  const { offset = 0, length = Infinity, chunkSize = CHUNK_SIZE } = options;
  const end = Math.min(content.size, offset + length);
  const reader = await driver.reader(path, options);
  try {
    assert.equal(reader.size, content.size, 'size that the reader gives');
    const buffer = new Uint8Array(chunkSize);
    let at = offset;
    for (;;) {
      const count = await reader.read(buffer);
      if (count === 0) break;
      assert.ok(count <= buffer.length, 'a read gives no more than fits');
      assert.ok(at + count <= end, `the reader gives more than the ${String(end - offset)} bytes asked for`);
      sameBytes(
        buffer.subarray(0, count),
        content.bytes(at, at + count),
        `reader of ${path} at ${String(at)}`,
      );
      at += count;
    }
    assert.equal(at, Math.max(end, offset), 'offset at which the reader ended');
    assert.equal(await reader.read(buffer), 0, 'the end stays the end');
  } finally {
    await reader.close();
  }
}

/** Asserts what `get` answers. */
export async function expectGet(
  driver: StorageDriver,
  path: string,
  content: Content | Uint8Array,
): Promise<void> {
  const expected = content instanceof Uint8Array ? content : content.bytes();
  sameBytes(await driver.get(path), expected, `get of ${path}`);
}
