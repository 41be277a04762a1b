import assert from 'node:assert/strict';
import type { ConformanceCase } from '../../case.js';
import { refusedAs, resultOf } from '../answers.js';
import type { ProtocolContext } from '../protocol-context.js';

const CONTENT = Buffer.from('content').toString('base64');

/** After a lost answer a host asks again: what it then hears must let it tell what happened. */
export const repeatCases: readonly ConformanceCase<ProtocolContext>[] = [
  {
    id: 'P50',
    name: 'repeat: a delete finds nothing the second time',
    promise: 'A repeated delete is answered with PATH_NOT_FOUND.',
    async run({ open, scratch }) {
      const client = await open();
      const path = scratch.path();
      resultOf(await client.request('put', { path, content: CONTENT }));
      resultOf(await client.request('delete', { path }));
      refusedAs(await client.request('delete', { path }), 'PATH_NOT_FOUND', path);
    },
  },
  {
    id: 'P51',
    name: 'repeat: a move finds no source the second time, and leaves the destination',
    promise: 'A repeated move is answered with PATH_NOT_FOUND; the destination is then untouched.',
    async run({ open, scratch }) {
      const client = await open();
      const [source, destination] = [scratch.path(), scratch.path()];
      resultOf(await client.request('put', { path: source, content: CONTENT }));
      resultOf(await client.request('move', { source, destination }));
      refusedAs(await client.request('move', { source, destination }), 'PATH_NOT_FOUND', source);
      assert.equal(resultOf(await client.request('get', { path: destination })).content, CONTENT);
    },
  },
  {
    id: 'P52',
    name: 'repeat: a commit is refused the second time, and the content stays',
    promise: 'A writer that was committed answers ALREADY_CLOSED.',
    async run({ open, scratch }) {
      const client = await open();
      const path = scratch.path();
      const { writer } = resultOf(await client.request('writer/open', { path, mode: 'truncate' }));
      resultOf(await client.request('writer/write', { writer, offset: 0, data: CONTENT }));
      resultOf(await client.request('writer/commit', { writer, size: 7 }));
      refusedAs(await client.request('writer/commit', { writer, size: 7 }), 'ALREADY_CLOSED');
      refusedAs(await client.request('writer/write', { writer, offset: 7, data: CONTENT }), 'ALREADY_CLOSED');
      assert.equal(resultOf(await client.request('get', { path })).content, CONTENT);
      assert.equal(resultOf(await client.request('stat', { path })).size, 7);
    },
  },
  {
    id: 'P53',
    name: 'repeat: a put changes nothing the second time',
    promise: '`put` is idempotent.',
    async run({ open, scratch }) {
      const client = await open();
      const path = scratch.path();
      for (let turn = 0; turn < 2; turn++) resultOf(await client.request('put', { path, content: CONTENT }));
      assert.equal(resultOf(await client.request('get', { path })).content, CONTENT);
    },
  },
];
