import assert from 'node:assert/strict';
import type { ConformanceCase } from '../../case.js';
import { CODES, alive, resultOf } from '../answers.js';
import { encodeFrame } from '../frame.js';
import type { ProtocolContext } from '../protocol-context.js';
import type { RawClient } from '../raw-client.js';

export const cancellingCases: readonly ConformanceCase<ProtocolContext>[] = [
  {
    id: 'P20',
    name: 'cancel: a cancelled request is answered exactly once',
    promise: 'A cancelled request is answered exactly once, whatever the outcome.',
    async run({ open, scratch }) {
      const client = await open();
      const path = scratch.path();
      resultOf(await client.request('put', { path, content: 'YQ==' }));
      const ids = [
        ...cancelled(client, 'stat', { path }),
        ...cancelled(client, 'list', { path: '/' }),
        ...cancelled(client, 'get', { path }),
        ...cancelled(client, 'read', { path, offset: 0, length: 10, plane: 'inline' }),
      ];
      for (const id of ids) {
        const { error } = await client.answerTo(id);
        assert.ok(
          error === undefined || error.code === CODES.CANCELLED,
          `answered with ${JSON.stringify(error)}`,
        );
      }
      await shutDown(client);
      for (const id of ids) {
        assert.equal(
          client.answers.filter((answer) => answer.id === id).length,
          1,
          `answers to request ${String(id)}`,
        );
      }
    },
  },
  {
    id: 'P21',
    name: 'cancel: of a request that was answered or never made is ignored, and so is one without a good id',
    promise: 'A cancel is a notification: it is never answered itself.',
    async run({ open }) {
      const client = await open();
      await alive(client);
      for (const id of [1, 4711, 'never', null, {}, 1.5]) client.notify('$/cancelRequest', { id });
      client.notify('$/cancelRequest', {});
      client.notify('$/cancelRequest', undefined);
      await alive(client);
      const ids = client.answers.map((answer) => answer.id);
      assert.equal(new Set(ids).size, ids.length);
      assert.ok(!ids.includes(null), 'a notification is not answered');
    },
  },
];

/** Three times each: cancelled in the same chunk, so that the cancel comes as early as it can. */
function cancelled(client: RawClient, method: string, params: unknown): number[] {
  return [1, 2, 3].map(() => {
    const id = client.nextId();
    const request = encodeFrame({ jsonrpc: '2.0', id, method, params });
    client.send(
      Buffer.concat([request, encodeFrame({ jsonrpc: '2.0', method: '$/cancelRequest', params: { id } })]),
    );
    return id;
  });
}

/** Whatever a driver still has to say it has said when it has ended. */
async function shutDown(client: RawClient): Promise<void> {
  resultOf(await client.request('shutdown'));
  client.notify('exit', {});
  await client.exited;
}
