import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { spareAnswers } from '../../src/serve/idle-connections.js';

/** More than the buffers of the system take. */
const SIZE = 32 * 1024 * 1024;

it('spares an answer that is written and not yet taken, and closes what is idle', async () => {
  const server = createServer((_req, res) => {
    res.end(Buffer.alloc(SIZE));
  });
  spareAnswers(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const req = request({ port, host: '127.0.0.1' }).end();
  const [res] = (await once(req, 'response')) as [IncomingMessage];
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeIdleConnections();
  let received = 0;
  res.on('data', (chunk: Buffer) => (received += chunk.length));
  await once(res, 'end');
  expect(received).toBe(SIZE);
  server.closeIdleConnections();
  await closed;
});
