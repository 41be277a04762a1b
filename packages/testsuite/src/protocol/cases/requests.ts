import assert from 'node:assert/strict';
import type { ConformanceCase } from '../../case.js';
import { alive, refusedAs, refusedWith, resultOf } from '../answers.js';
import { encodeFrame } from '../frame.js';
import type { ProtocolContext } from '../protocol-context.js';

/** As Distribution's suite has them, and dot parts, which no regular expression of the path catches. */
const INVALID_PATHS = [
  '',
  '/',
  'abc',
  '123.abc',
  '//bcd',
  '/abc_123/',
  '/a//b',
  '/a/../b',
  '/..',
  '/a b',
  '/a\0',
  '/\u00fc',
];

export const requestCases: readonly ConformanceCase<ProtocolContext>[] = [
  {
    id: 'P10',
    name: 'requests: an unknown method is refused, and the session goes on',
    promise: 'An unknown method is answered with -32601.',
    async run({ open }) {
      const client = await open();
      refusedWith(await client.request('no/such/method'), 'METHOD_NOT_FOUND');
      await alive(client);
    },
  },
  {
    id: 'P11',
    name: 'requests: params that are not of the schema are refused, and the session goes on',
    promise: 'Bad params are answered with -32602.',
    async run({ open }) {
      const client = await open();
      for (const params of [{}, { path: 7 }, { path: null }, { PATH: '/a' }, ['/a']])
        refusedWith(await client.request('stat', params), 'INVALID_PARAMS');
      await alive(client);
    },
  },
  {
    id: 'P12',
    name: 'requests: bad paths are refused on the wire too',
    promise: 'The driver answers a bad path with INVALID_PATH, whatever is wrong with it.',
    async run({ open, scratch }) {
      const client = await open();
      const good = scratch.path();
      for (const path of [...INVALID_PATHS, `/${'a'.repeat(1024)}`]) {
        refusedAs(await client.request('put', { path, content: 'YQ==' }), 'INVALID_PATH');
        refusedAs(await client.request('get', { path }), 'INVALID_PATH');
        refusedAs(await client.request('read', { path, offset: 0, plane: 'inline' }), 'INVALID_PATH');
        refusedAs(await client.request('writer/open', { path, mode: 'truncate' }), 'INVALID_PATH');
        refusedAs(await client.request('delete', { path }), 'INVALID_PATH');
        refusedAs(await client.request('move', { source: good, destination: path }), 'INVALID_PATH');
        if (path !== '/') refusedAs(await client.request('stat', { path }), 'INVALID_PATH');
      }
    },
  },
  {
    id: 'P13',
    name: 'requests: ids come back as they were, numbers and strings',
    promise: 'An answer carries the id of its request.',
    async run({ open }) {
      const client = await open();
      for (const id of [1_000_000, 'text', '1000000', '\u00e9\u{1f600}"\\']) {
        client.send(encodeFrame({ jsonrpc: '2.0', id, method: 'ping', params: {} }));
        resultOf(await client.answerTo(id));
      }
    },
  },
  {
    id: 'P14',
    name: 'requests: many at once are all answered, each once',
    promise: 'Requests may be sent without waiting for answers.',
    async run({ open, scratch }) {
      const client = await open();
      const paths = Array.from({ length: 100 }, () => scratch.path());
      const answers = await Promise.all(paths.map((path) => client.request('stat', { path })));
      for (const [i, answer] of answers.entries()) refusedAs(answer, 'PATH_NOT_FOUND', paths[i]);
      await alive(client);
      const ids = client.answers.map((answer) => answer.id);
      assert.equal(new Set(ids).size, ids.length, 'no request is answered twice');
    },
  },
  {
    id: 'P16',
    name: 'requests: a write that is not at the size of the writer is refused, with the size',
    promise:
      'A write whose offset is not the writer\u2019s size gets INVALID_OFFSET with the true size; so does a commit.',
    async run({ open, scratch }) {
      const client = await open();
      const path = scratch.path();
      const { writer } = resultOf(await client.request('writer/open', { path, mode: 'truncate' }));
      const data = Buffer.from('hello').toString('base64');
      resultOf(await client.request('writer/write', { writer, offset: 0, data }));
      for (const offset of [0, 4, 6]) {
        const refusal = refusedAs(
          await client.request('writer/write', { writer, offset, data }),
          'INVALID_OFFSET',
        );
        assert.equal(refusal.size, 5, 'data.size is the true size');
      }
      refusedAs(await client.request('writer/commit', { writer, size: 4 }), 'INVALID_OFFSET');
      resultOf(await client.request('writer/commit', { writer, size: 5 }));
      assert.equal(resultOf(await client.request('get', { path })).content, data);
    },
  },
  {
    id: 'P22',
    name: 'requests: an answer from the host is ignored',
    promise: 'A driver asks nothing: an answer that comes from the host is ignored.',
    async run({ open }) {
      const client = await open();
      await alive(client);
      const error = { code: -32603, message: 'nobody asked' };
      for (const answer of [
        { id: 1, result: {} },
        { id: 'never', error },
        { id: null, error },
      ])
        client.send(encodeFrame({ jsonrpc: '2.0', ...answer }));
      await alive(client);
    },
  },
];
