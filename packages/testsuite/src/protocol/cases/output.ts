import assert from 'node:assert/strict';
import type { ConformanceCase } from '../../case.js';
import { resultOf } from '../answers.js';
import type { ProtocolContext } from '../protocol-context.js';

export const outputCases: readonly ConformanceCase<ProtocolContext>[] = [
  {
    id: 'P70',
    name: 'stdout: nothing but frames, from the start to the end',
    promise: 'stdout belongs to the protocol; stderr is the log.',
    async run({ open, scratch }) {
      const client = await open();
      const path = scratch.path();
      await client.request('put', { path, content: 'YQ==' });
      await client.request('get', { path: `${path}-2` });
      await client.request('no/such/method');
      await client.request('stat', { path: 'bad' });
      await client.request('delete', { path });
      resultOf(await client.request('shutdown'));
      client.notify('exit', {});
      await client.exited;
      assert.equal(client.fault, undefined);
    },
  },
];
