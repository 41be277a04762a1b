import { PassThrough } from 'node:stream';
import type { DriverFactory, StorageDriver } from '@outrigger/driver';
import { StorageError } from '@outrigger/driver';
import { expect, test } from 'vitest';
import { LIMITS } from '../../src/index.js';
import { Session } from '../../src/plugin/session.js';
import { readMessages, toFrame } from '../transcripts/message-queue.js';

test('a put that is under way is finished before shutdown is answered, and the driver closed after it', async () => {
  const order: string[] = [];
  const { promise: stored, resolve: store } = Promise.withResolvers<undefined>();
  const { promise: begun, resolve: begin } = Promise.withResolvers<undefined>();
  const [toDriver, toHost] = [new PassThrough(), new PassThrough()];
  const factory = factoryOf({
    put: async () => {
      begin(undefined);
      await stored;
      order.push('put');
    },
    close: async () => {
      order.push('close');
    },
  });
  const session = new Session({ input: toDriver, output: toHost, factory, parameters: {} });
  const answers = readMessages(toHost);
  const ask = (id: number, method: string, params: object) =>
    toDriver.write(toFrame({ jsonrpc: '2.0', id, method, params }));

  ask(1, 'initialize', {
    protocolVersions: [1],
    host: { name: 'test', version: '0' },
    hostPid: 1,
    dataPlanes: ['inline'],
    limits: LIMITS,
  });
  await answers.next();
  ask(2, 'put', { path: '/a', content: '' });
  await begun;
  ask(3, 'shutdown', {});
  ask(4, 'stat', { path: '/a' });
  expect(await answers.next()).toMatchObject({ id: 4, error: { code: -32002 } });
  store(undefined);
  expect(await answers.next()).toEqual({ jsonrpc: '2.0', id: 2, result: {} });
  expect(await answers.next()).toEqual({ jsonrpc: '2.0', id: 3, result: {} });
  expect(order).toEqual(['put', 'close']);
  toDriver.end();
  expect(await session.ended).toBe(0);
});

function factoryOf(own: Pick<StorageDriver, 'put' | 'close'>): DriverFactory {
  const refuse = async () => {
    throw new StorageError('INTERNAL', 'not part of this test');
  };
  const driver: StorageDriver = {
    name: 'test',
    capabilities: {},
    stat: refuse,
    list: refuse,
    get: refuse,
    reader: refuse,
    writer: refuse,
    move: refuse,
    delete: refuse,
    ...own,
  };
  return {
    name: 'test',
    version: '0',
    parameters: {},
    environment: [],
    capabilities: {},
    create: async () => driver,
  };
}
