import assert from 'node:assert/strict';
import type { ConformanceCase } from '../../case.js';
import { recordOf, resultOf } from '../answers.js';
import { LIMITS } from '../limits.js';
import type { ProtocolContext } from '../protocol-context.js';
import { writeContent } from '../raw-writes.js';

const SMALL = { ...LIMITS, inlineChunkBytes: 1000, smallContentBytes: 100, pageEntries: 2 };

/** What a driver sends is no more than the host takes. */
export const limitCases: readonly ConformanceCase<ProtocolContext>[] = [
  {
    id: 'P15',
    name: 'requests: get and read keep to the limits',
    promise:
      'Content above smallContentBytes does not travel in `get`; a read on inline answers at most inlineChunkBytes.',
    async run({ open, scratch }) {
      const client = await open();
      const path = scratch.path();
      const content = scratch.content(300_000);
      await writeContent(client, path, content, 100_000);
      const got = resultOf(await client.request('get', { path }));
      assert.deepEqual([got.size, got.content], [content.size, undefined]);
      const read = resultOf(
        await client.request('read', { path, offset: 10, length: 300_000, plane: 'inline' }),
      );
      const bytes = Buffer.from(String(read.data), 'base64');
      assert.ok(bytes.length > 0 && bytes.length <= 262_144, 'at most inlineChunkBytes');
      assert.ok(bytes.equals(content.bytes(10, 10 + bytes.length)), 'the bytes at the offset');
      assert.equal(read.size, content.size);
      const end = resultOf(
        await client.request('read', { path, offset: 300_000, length: 10, plane: 'inline' }),
      );
      assert.deepEqual([end.data, end.size], ['', content.size]);
    },
  },
  {
    id: 'P15.limits',
    name: 'requests: limits that are smaller than usual hold as well',
    promise:
      'A driver keeps to the limits that `initialize` brought: in `get`, in reads on inline, in pages.',
    async run({ start, initializeParams, scratch }) {
      const client = start();
      const { capabilities } = resultOf(
        await client.request('initialize', initializeParams({ limits: SMALL })),
      );
      const directory = scratch.path();
      const content = scratch.content(2000);
      const path = `${directory}/a`;
      await writeContent(client, path, content, SMALL.inlineChunkBytes);
      for (const other of ['b', 'c'])
        resultOf(await client.request('put', { path: `${directory}/${other}`, content: 'YQ==' }));
      const got = resultOf(await client.request('get', { path }));
      assert.deepEqual([got.size, got.content], [2000, undefined], 'larger than smallContentBytes');
      const read = resultOf(await client.request('read', { path, offset: 0, plane: 'inline' }));
      const bytes = Buffer.from(String(read.data), 'base64');
      assert.ok(bytes.equals(content.bytes(0, 1000)), 'as many bytes as inlineChunkBytes');
      const { walk } = recordOf(capabilities, 'capabilities');
      for (const method of walk === true ? ['list', 'walk'] : ['list']) {
        const { entries } = resultOf(await client.request(method, { path: directory }));
        assert.ok(Array.isArray(entries) && entries.length <= 2, `${method}: at most pageEntries entries`);
      }
    },
  },
];
