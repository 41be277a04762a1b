import { expect, it } from 'vitest';
import { StorageError } from '@outrigger/driver';
import type { RpcMessage } from '../src/framing/message.js';
import { currentTraceparent } from '../src/plugin.js';
import { connectPair } from './support/pair.js';
import { testFactory } from './support/test-driver.js';

const CONTEXT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

function paramsOf(messages: readonly RpcMessage[], method: string): unknown {
  return messages.find((message) => message.method === method)?.params;
}

it('a call carries the trace context of its host into the code of the driver', async () => {
  const seen: (string | undefined)[] = [];
  const factory = testFactory({
    async stat(path) {
      await Promise.resolve();
      seen.push(currentTraceparent());
      return { path, size: 0, modTime: new Date(0), isDir: false };
    },
  });
  let context: string | undefined = CONTEXT;
  const sent: RpcMessage[] = [];
  const { remote } = await connectPair({
    factory,
    traceparent: () => context,
    trace: (direction, message) => {
      if (direction === 'sent') sent.push(message);
    },
  });
  await remote.stat('/a');
  expect(paramsOf(sent, 'stat')).toEqual({ path: '/a', traceparent: CONTEXT });
  context = undefined;
  await remote.stat('/a');
  expect(seen).toEqual([CONTEXT, undefined]);
});

it('without tracing the parameters of a call are sent as they are', async () => {
  const sent: RpcMessage[] = [];
  const { remote } = await connectPair({
    trace: (direction, message) => {
      if (direction === 'sent') sent.push(message);
    },
  });
  await expect(remote.stat('/a')).rejects.toMatchObject({ code: 'PATH_NOT_FOUND' });
  expect(paramsOf(sent, 'stat')).toEqual({ path: '/a' });
});

it('secrets are taken out of what a driver says in an error', async () => {
  const { remote } = await connectPair({
    factory: testFactory({
      stat: () => Promise.reject(new StorageError('UNAVAILABLE', 'login with s3cr3t failed')),
    }),
    redact: (text) => text.replaceAll('s3cr3t', '***'),
  });
  await expect(remote.stat('/a')).rejects.toMatchObject({
    code: 'UNAVAILABLE',
    detail: 'login with *** failed',
  });
});
