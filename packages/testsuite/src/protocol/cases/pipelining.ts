import assert from 'node:assert/strict';
import type { ConformanceCase } from '../../case.js';
import { refusedAs, resultOf } from '../answers.js';
import type { ProtocolContext } from '../protocol-context.js';

const CHUNK = 1000;

/** What a host may do without waiting. */
export const pipeliningCases: readonly ConformanceCase<ProtocolContext>[] = [
  {
    id: 'P8',
    name: 'handshake: requests that come before `initialized` are served',
    promise: 'A driver serves requests that come before `initialized`.',
    async run({ start, initializeParams, scratch }) {
      const client = start();
      resultOf(await client.request('initialize', initializeParams()));
      const path = scratch.path();
      refusedAs(await client.request('stat', { path }), 'PATH_NOT_FOUND', path);
      client.notify('initialized', { dataPlanes: ['inline'] });
      refusedAs(await client.request('stat', { path }), 'PATH_NOT_FOUND', path);
    },
  },
  {
    id: 'P17',
    name: 'requests: the calls of one writer are worked on in the order in which they came',
    promise: 'A driver works on the calls of one writer in the order in which they came.',
    async run({ open, scratch }) {
      const client = await open();
      const path = scratch.path();
      const content = scratch.content(8 * CHUNK);
      const { writer } = resultOf(await client.request('writer/open', { path, mode: 'truncate' }));
      const writes = Array.from({ length: 8 }, (_, i) => {
        const offset = i * CHUNK;
        const data = Buffer.from(content.bytes(offset, offset + CHUNK)).toString('base64');
        return client.request('writer/write', { writer, offset, data });
      });
      const commit = client.request('writer/commit', { writer, size: content.size });
      for (const [i, answer] of (await Promise.all(writes)).entries())
        assert.equal(resultOf(answer).size, (i + 1) * CHUNK);
      resultOf(await commit);
      const got = resultOf(await client.request('get', { path }));
      assert.ok(
        Buffer.from(String(got.content), 'base64').equals(content.bytes()),
        'the bytes in their order',
      );
    },
  },
  {
    id: 'P46',
    name: 'end: a shutdown lets what was begun come to its end, and keeps open writers as if closed',
    promise:
      '`shutdown` lets put, move, copy, delete and commits come to their end, and keeps open writers as if they were closed.',
    async run({ open, scratch, ephemeral }) {
      const client = await open();
      const [put, kept] = [scratch.path(), scratch.path()];
      const { writer } = resultOf(await client.request('writer/open', { path: kept, mode: 'truncate' }));
      resultOf(await client.request('writer/write', { writer, offset: 0, data: 'a2VwdA==' }));
      const putting = client.request('put', { path: put, content: 'YQ==' });
      resultOf(await client.request('shutdown'));
      resultOf(await putting);
      client.notify('exit', {});
      await client.exited;
      if (ephemeral) return;
      const next = await open();
      assert.equal(resultOf(await next.request('get', { path: put })).content, 'YQ==');
      const again = resultOf(await next.request('writer/open', { path: kept, mode: 'append' }));
      assert.equal(again.size, 4, 'an append goes on behind what the writer had taken');
      resultOf(await next.request('writer/cancel', { writer: again.writer }));
    },
  },
];
