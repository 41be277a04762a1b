import assert from 'node:assert/strict';
import type { ConformanceCase } from '../../case.js';
import { alive, endsBySelf, refusedWith, resultOf } from '../answers.js';
import type { ProtocolContext } from '../protocol-context.js';

export const endingCases: readonly ConformanceCase<ProtocolContext>[] = [
  {
    id: 'P40',
    name: 'end: of stdin ends the driver, in a session',
    promise: 'The end of stdin ends the driver, within 5 s, with status 0.',
    async run({ open }) {
      const client = await open();
      await alive(client);
      client.endInput();
      assert.deepEqual(await endsBySelf(client), { status: 0, signal: null });
    },
  },
  {
    id: 'P41',
    name: 'end: of stdin ends a driver that was never spoken to',
    promise: 'The end of stdin ends the driver, within 5 s, with status 0.',
    async run({ start }) {
      const client = start();
      client.endInput();
      assert.deepEqual(await endsBySelf(client), { status: 0, signal: null });
    },
  },
  {
    id: 'P42',
    name: 'end: of stdin ends a driver with a writer open and requests under way',
    promise: 'The end of stdin ends the driver, within 5 s.',
    async run({ open, scratch }) {
      const client = await open();
      const path = scratch.path();
      const { writer } = resultOf(await client.request('writer/open', { path, mode: 'truncate' }));
      const writing = client.request('writer/write', { writer, offset: 0, data: 'YQ==' });
      const listing = client.request('list', { path: '/' });
      client.endInput();
      await endsBySelf(client);
      await Promise.allSettled([writing, listing]);
    },
  },
  {
    id: 'P43',
    name: 'end: shutdown, then exit, with status 0',
    promise: '`shutdown` gives everything back and answers; `exit` ends the driver with status 0 after it.',
    async run({ open }) {
      const client = await open();
      assert.deepEqual(resultOf(await client.request('shutdown')), {});
      refusedWith(await client.request('stat', { path: '/a' }), 'NOT_INITIALIZED');
      client.notify('exit', {});
      assert.deepEqual(await endsBySelf(client), { status: 0, signal: null });
    },
  },
  {
    id: 'P44',
    name: 'end: exit without a shutdown, with status 1',
    promise: '`exit` ends the driver with status 1 without a shutdown.',
    async run({ open }) {
      const client = await open();
      client.notify('exit', {});
      assert.deepEqual(await endsBySelf(client), { status: 1, signal: null });
    },
  },
  {
    id: 'P45',
    name: 'end: SIGTERM ends the driver',
    promise: 'SIGTERM ends the driver, within 5 s.',
    async run({ open }) {
      const client = await open();
      await alive(client);
      client.signal('SIGTERM');
      await endsBySelf(client);
    },
  },
];
