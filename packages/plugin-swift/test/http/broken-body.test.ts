import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { createKeyedLock } from '@outrigger/driver';
import { expect, it, onTestFinished } from 'vitest';
import type { Session } from '../../src/auth/session.js';
import { createClient } from '../../src/http/client.js';
import { createExchange } from '../../src/http/exchange.js';
import { createLayout } from '../../src/layout.js';
import { getManifest } from '../../src/segments/manifest.js';
import type { Store } from '../../src/store/context.js';
import { list } from '../../src/store/list.js';
import { read } from '../../src/store/read.js';

/** A Swift that answers each request with a head, and as much of its body as a test says. */
async function storeWith(
  answer: (turn: number) => { head?: Record<string, string>; said?: string; cut?: boolean },
) {
  let turns = 0;
  const sockets = new Set<Socket>();
  const server = createServer((_request, response) => {
    const { head = {}, said = '', cut = false } = answer(++turns);
    const length = { 'content-length': String(Buffer.byteLength(said) + (cut ? 100 : 0)) };
    response.writeHead(200, { ...length, ...head });
    if (cut) response.write(said, () => response.destroy());
    else response.end(said);
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const grant = {
    token: 't',
    storageUrl: `http://127.0.0.1:${String(port)}/v1/AUTH_a`,
    expiresAt: undefined,
    projectId: undefined,
  };
  const session: Session = { grant: () => Promise.resolve(grant), renew: () => Promise.resolve(grant) };
  const exchange = createExchange({ insecureSkipVerify: false });
  onTestFinished(async () => {
    await exchange.close();
    server.closeAllConnections();
    server.close();
  });
  const store: Store = {
    client: createClient(exchange, session, { sleep: () => Promise.resolve() }),
    layout: createLayout('c', ''),
    maxBulkDeletes: undefined,
    maxSegments: 1000,
    learnt: {},
    setLocks: createKeyedLock(),
  };
  return { store, sockets, turns: () => turns };
}

const entry = { name: 'files/a', bytes: 3, content_type: 'text/plain', last_modified: '2026-01-02T03:04:05' };

it('a listing that breaks in the middle is asked for again', async () => {
  const said = JSON.stringify([entry]);
  const { store, turns } = await storeWith((turn) =>
    turn === 1 ? { said: said.slice(0, 20), cut: true } : { said },
  );
  const page = await list(store, { prefix: 'files/', isShallow: false, limit: 10 });
  expect(page.objects).toMatchObject([{ key: 'files/a', size: 3 }]);
  expect(turns()).toBe(2);
});

it('so is a manifest', async () => {
  const said = JSON.stringify([{ name: '/c/segment', bytes: 3, hash: 'x' }]);
  const head = { 'x-static-large-object': 'True' };
  const { store, turns } = await storeWith((turn) =>
    turn === 1 ? { head, said: said.slice(0, 20), cut: true } : { head, said },
  );
  expect((await getManifest(store, 'files/a'))?.segments).toHaveLength(1);
  expect(turns()).toBe(2);
});

it('one that always breaks is a failure that may pass', async () => {
  const { store, turns } = await storeWith(() => ({ said: '[{', cut: true }));
  await expect(list(store, { prefix: 'files/', isShallow: false, limit: 10 })).rejects.toMatchObject({
    isTransient: true,
  });
  expect(turns()).toBe(5);
});

it('content from another place than asked for is an error, and its connection is given back', async () => {
  const { store, sockets } = await storeWith(() => ({ said: 'x'.repeat(8 * 2 ** 20) }));
  await expect(
    read(store, 'files/a', { offset: 5, length: undefined, ifMatch: undefined }),
  ).rejects.toMatchObject({ code: 'INTERNAL' });
  await expect.poll(() => sockets.size).toBe(0);
});

it('who does not begin to answer is given up', async () => {
  const server = createServer(() => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const exchange = createExchange({ insecureSkipVerify: false });
  onTestFinished(async () => {
    await exchange.close();
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/`;
  await expect(exchange.send({ url, method: 'POST', timeoutMs: 50 })).rejects.toMatchObject({
    code: 'UND_ERR_HEADERS_TIMEOUT',
  });
});
