import assert from 'node:assert/strict';
import type { Content } from '../content.js';
import { resultOf } from './answers.js';
import type { RawClient } from './raw-client.js';

export interface OpenWriter {
  readonly writer: unknown;
  readonly size: number;
}

/** Asserts that a writer can be opened. */
export async function openWriter(client: RawClient, path: string, mode: string): Promise<OpenWriter> {
  const { writer, size } = resultOf(await client.request('writer/open', { path, mode }));
  return { writer, size: Number(size) };
}

/** Bytes of a content, in chunks. */
export interface Part {
  readonly from: number;
  readonly to: number;
  readonly chunkBytes: number;
}

/** Writes a part of a content over `inline`. Asserts that each answer is the size with what came before. */
export async function writePart(
  client: RawClient,
  writer: unknown,
  content: Content,
  { from, to, chunkBytes }: Part,
): Promise<void> {
  for (let offset = from; offset < to; offset += chunkBytes) {
    const end = Math.min(offset + chunkBytes, to);
    const data = Buffer.from(content.bytes(offset, end)).toString('base64');
    const { size } = resultOf(await client.request('writer/write', { writer, offset, data }));
    assert.equal(size, end, 'the size after a write');
  }
}

/** Writes a whole content over `inline`, and commits it. */
export async function writeContent(
  client: RawClient,
  path: string,
  content: Content,
  chunkBytes: number,
): Promise<void> {
  const { writer } = await openWriter(client, path, 'truncate');
  await writePart(client, writer, content, { from: 0, to: content.size, chunkBytes });
  resultOf(await client.request('writer/commit', { writer, size: content.size }));
}
