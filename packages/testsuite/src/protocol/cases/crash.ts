import assert from 'node:assert/strict';
import type { ConformanceCase } from '../../case.js';
import type { Content } from '../../content.js';
import { resultOf } from '../answers.js';
import { needsDurableStore } from '../prepare-protocol.js';
import type { ProtocolContext } from '../protocol-context.js';
import type { RawClient } from '../raw-client.js';
import { openWriter, writePart } from '../raw-writes.js';

const CHUNK = 65_521;

/** kill -9 at the worst times. What was promised before holds, and nothing else is claimed. */
export const crashCases: readonly ConformanceCase<ProtocolContext>[] = [
  {
    id: 'P60',
    name: 'kill -9: in mid-write, then resumed at the durable offset',
    promise: '`close` makes what was accepted durable and resumable; a writer does not survive its process.',
    async run(context) {
      needsDurableStore(context);
      const { open, scratch } = context;
      const path = scratch.path();
      const content = scratch.content(8 * CHUNK);
      const first = await open();
      await first.request('writer/close', {
        writer: await writeOn(first, path, content, { mode: 'truncate', to: 2 * CHUNK }),
      });
      await kill(first);
      const second = await open();
      await writeOn(second, path, content, { mode: 'append', to: 5 * CHUNK });
      await kill(second);
      const third = await open();
      const { writer, size } = await openWriter(third, path, 'append');
      assert.ok(size >= 2 * CHUNK, `${String(size)} bytes are left, ${String(2 * CHUNK)} were durable`);
      assert.ok(size <= 5 * CHUNK, 'no more is left than was written');
      await writePart(third, writer, content, { from: size, to: content.size, chunkBytes: CHUNK });
      resultOf(await third.request('writer/commit', { writer, size: content.size }));
      await expectContent(third, path, content);
    },
  },
  {
    id: 'P61',
    name: 'kill -9: right after the answer to a commit, a put and a move',
    promise: 'What was answered is durable.',
    async run(context) {
      needsDurableStore(context);
      const { open, scratch } = context;
      const [streamed, put, moved] = [scratch.path(), scratch.path(), scratch.path()];
      const content = scratch.content(3 * CHUNK);
      const small = scratch.content(1000);
      const first = await open();
      const writer = await writeOn(first, streamed, content, { mode: 'truncate', to: content.size });
      resultOf(await first.request('writer/commit', { writer, size: content.size }));
      const data = Buffer.from(small.bytes()).toString('base64');
      resultOf(await first.request('put', { path: put, content: data }));
      resultOf(await first.request('put', { path: `${moved}-1`, content: data }));
      resultOf(await first.request('move', { source: `${moved}-1`, destination: moved }));
      await kill(first);
      const second = await open();
      await expectContent(second, streamed, content);
      for (const path of [put, moved]) await expectContent(second, path, small);
    },
  },
  {
    id: 'P62',
    name: 'kill -9: during puts leaves the old content or the new, whole, and nothing beside it',
    promise: '`put` is atomic: everybody sees the old content or the new, also after a crash.',
    timeoutMs: 600_000,
    async run(context) {
      needsDurableStore(context);
      const { open, scratch } = context;
      const directory = scratch.directory();
      const path = `${directory}/object`;
      const contents = [scratch.content(30_000), scratch.content(20_000)].map((each) =>
        Buffer.from(each.bytes()).toString('base64'),
      );
      let client = await open();
      resultOf(await client.request('put', { path, content: contents[0] }));
      for (let turn = 0; turn < 6; turn++) {
        const puts = Array.from({ length: 20 }, (_, i) =>
          client.request('put', { path, content: contents[i % 2] }),
        );
        for (const each of puts) each.catch(() => undefined);
        // One answer is there, the others are under way: that is when the process goes.
        await puts[turn];
        await kill(client);
        client = await open();
        assert.ok(
          contents.includes(String(resultOf(await client.request('get', { path })).content)),
          'whole content',
        );
        const { entries } = resultOf(await client.request('list', { path: directory }));
        assert.ok(
          Array.isArray(entries) && entries.length === 1,
          `in the directory: ${JSON.stringify(entries)}`,
        );
      }
    },
  },
];

async function kill(client: RawClient): Promise<void> {
  client.signal('SIGKILL');
  await client.exited;
}

async function writeOn(
  client: RawClient,
  path: string,
  content: Content,
  { mode, to }: { mode: string; to: number },
): Promise<unknown> {
  const { writer, size } = await openWriter(client, path, mode);
  await writePart(client, writer, content, { from: size, to, chunkBytes: CHUNK });
  return writer;
}

async function expectContent(client: RawClient, path: string, content: Content): Promise<void> {
  assert.equal(resultOf(await client.request('stat', { path })).size, content.size);
  for (let offset = 0; offset < content.size; offset += CHUNK) {
    const { data } = resultOf(await client.request('read', { path, offset, length: CHUNK, plane: 'inline' }));
    const expected = content.bytes(offset, Math.min(offset + CHUNK, content.size));
    assert.ok(
      Buffer.from(String(data), 'base64').equals(expected),
      `content of ${path} at ${String(offset)}`,
    );
  }
}
