import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { createConnections } from '../../src/serve/connections.js';
import { drain } from '../../src/serve/drain.js';

it('a drain of a month waits for the requests in flight', async () => {
  const { promise: asked, resolve } = Promise.withResolvers<ServerResponse>();
  const server = createServer((_req, res) => {
    res.write('the first part, ');
    resolve(res);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const answer = await fetch(`http://127.0.0.1:${String(port)}/`);
  const drained = drain(server, createConnections(), 30 * 24 * 3_600_000);
  const res = await asked;
  // A timer that overflowed would have ended the connection by now.
  await new Promise<void>((fired) => setTimeout(fired, 20));
  res.end('the rest');
  expect(await answer.text()).toBe('the first part, the rest');
  await drained;
});
