import assert from 'node:assert/strict';
import { type ConformanceCase, skip } from '../../case.js';
import { recordOf, refusedAs, refusedWith, resultOf } from '../answers.js';
import type { ProtocolContext } from '../protocol-context.js';
import type { RawClient } from '../raw-client.js';

const NO_BASE64 = ['%%%%', 'YWJ', 'Y===', 'YQ==YQ=='];

/** What is refused changes nothing, and the host goes on from there. */
export const refusalCases: readonly ConformanceCase<ProtocolContext>[] = [
  {
    id: 'P18',
    name: 'requests: content that is no base64 is refused, and nothing is taken',
    promise: 'Content that is not base64 with padding is answered with -32602.',
    async run({ open, scratch }) {
      const client = await open();
      const [put, path] = [scratch.path(), scratch.path()];
      const { writer } = resultOf(await client.request('writer/open', { path, mode: 'truncate' }));
      for (const text of NO_BASE64) {
        refusedWith(await client.request('put', { path: put, content: text }), 'INVALID_PARAMS');
        const write = { writer, offset: 0, data: text };
        refusedWith(await client.request('writer/write', write), 'INVALID_PARAMS');
      }
      refusedAs(await client.request('stat', { path: put }), 'PATH_NOT_FOUND', put);
      resultOf(await client.request('writer/write', { writer, offset: 0, data: 'YWJj' }));
      resultOf(await client.request('writer/commit', { writer, size: 3 }));
      assert.equal(resultOf(await client.request('get', { path })).content, 'YWJj');
    },
  },
  {
    id: 'P19',
    name: 'requests: a commit that is refused for its `to` leaves the writer open',
    promise:
      'A `to` that is no path is INVALID_PATH, one of an isolated or put writer UNSUPPORTED; the writer stays open.',
    async run({ start, initializeParams, scratch }) {
      const client = start();
      const { capabilities } = resultOf(await client.request('initialize', initializeParams()));
      const { commitTo, isolatedWriters } = recordOf(capabilities, 'capabilities');
      if (commitTo !== true) skip('the driver has no capability commitTo');
      const modes = isolatedWriters === true ? ['isolated', 'put'] : ['put'];
      for (const mode of modes)
        await refusedCommit(client, scratch.path(), { mode, to: scratch.path(), code: 'UNSUPPORTED' });
      for (const to of ['', '/', 'relative', '/a//b', '/a/../b'])
        await refusedCommit(client, scratch.path(), { mode: 'truncate', to, code: 'INVALID_PATH' });
    },
  },
];

interface Refusal {
  readonly mode: string;
  readonly to: string;
  readonly code: 'UNSUPPORTED' | 'INVALID_PATH';
}

/** Commits what it has to where it cannot be, writes more, and commits it where it belongs. */
async function refusedCommit(client: RawClient, path: string, { mode, to, code }: Refusal): Promise<void> {
  const { writer } = resultOf(await client.request('writer/open', { path, mode }));
  resultOf(await client.request('writer/write', { writer, offset: 0, data: 'YQ==' }));
  refusedAs(await client.request('writer/commit', { writer, size: 1, to }), code);
  resultOf(await client.request('writer/write', { writer, offset: 1, data: 'YmM=' }));
  resultOf(await client.request('writer/commit', { writer, size: 3 }));
  assert.equal(resultOf(await client.request('get', { path })).content, 'YWJj', `${mode} to ${to}`);
}
