import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Agent, request } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { expect, it, onTestFinished } from 'vitest';
import { drain } from '../../src/serve/drain.js';
import { openRaw, statusOf } from './raw-client.js';
import type { RunningServer } from './running-server.js';
import { runServer } from './running-server.js';

/** More than the buffers of the system take. */
const SIZE = 32 * 1024 * 1024;
const PATIENCE_MS = 30_000;

type Handle = (req: IncomingMessage, res: ServerResponse) => void;

function runHandler(handle: Handle, parts = {}): Promise<RunningServer> {
  return runServer({ registry: { handle }, ...parts });
}

function begin({ server, connections }: RunningServer, timeoutMs = PATIENCE_MS): Promise<void> {
  return drain(server, connections, timeoutMs);
}

/** A request on a connection that is kept. */
async function get(port: number, agent: Agent): Promise<IncomingMessage> {
  const req = request({ port, host: '127.0.0.1', agent }).end();
  const [res] = (await once(req, 'response')) as [IncomingMessage];
  return res;
}

function keepAlive(): Agent {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  onTestFinished(() => {
    agent.destroy();
  });
  return agent;
}

it('a drain of a month waits for the requests in flight', async () => {
  const { promise: asked, resolve } = Promise.withResolvers<ServerResponse>();
  const running = await runHandler((_req, res) => {
    res.write('the first part, ');
    resolve(res);
  });
  const answer = await fetch(`http://127.0.0.1:${String(running.port)}/`);
  const drained = begin(running, 30 * 24 * 3_600_000);
  const res = await asked;
  // A timer that overflowed would have ended the connection by now.
  await new Promise<void>((fired) => setTimeout(fired, 20));
  res.end('the rest');
  expect(await answer.text()).toBe('the first part, the rest');
  await drained;
});

it('spares an answer that is written and not yet taken', async () => {
  const running = await runHandler((_req, res) => {
    res.end(Buffer.alloc(SIZE));
  });
  const res = await get(running.port, keepAlive());
  const drained = begin(running);
  let received = 0;
  res.on('data', (chunk: Buffer) => (received += chunk.length));
  await once(res, 'end');
  expect(received).toBe(SIZE);
  await drained;
});

it('a connection on which nothing goes on is closed', async () => {
  const running = await runHandler((_req, res) => res.end());
  const agent = keepAlive();
  (await get(running.port, agent)).resume();
  await begin(running);
  expect(running.server.listening).toBe(false);
});

it('a request that has come by the begin of the drain is answered, and told that the connection closes', async () => {
  const running = await runHandler((_req, res) => res.end('here'));
  const client = openRaw(running.port);
  await client.send('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  await once(client.socket.resume(), 'data');
  client.socket.pause();
  // In the buffers of the system, and read by nobody, when the drain begins in this very turn.
  await client.send('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  const drained = begin(running);
  const answer = await client.readAll();
  expect(statusOf(answer)).toBe(200);
  expect(answer).toMatch(/connection: close/i);
  await drained;
});

it('a request whose head is still coming is waited for', async () => {
  const running = await runHandler((_req, res) => res.end('here'));
  const client = openRaw(running.port);
  const connected = once(running.server, 'connection');
  await client.send('GET / HTTP/1.1\r\nHo');
  await connected;
  const drained = begin(running);
  await new Promise<void>((fired) => setTimeout(fired, 200));
  await client.send('st: x\r\n\r\n');
  expect(statusOf(await client.readAll())).toBe(200);
  await drained;
});

it('what does not end in time is cut off', async () => {
  const { promise: asked, resolve } = Promise.withResolvers<undefined>();
  const running = await runHandler(() => resolve(undefined));
  const client = openRaw(running.port);
  await client.send('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  await asked;
  const ended = client.readAll();
  await begin(running, 0);
  expect(await ended).toBe('');
});

it('streams of HTTP/2 end well, and new ones go elsewhere', async () => {
  const { promise: asked, resolve } = Promise.withResolvers<ServerResponse>();
  const running = await runHandler((_req, res) => resolve(res), { h2c: true });
  const client = connectHttp2(`http://127.0.0.1:${String(running.port)}`);
  const goaway = once(client, 'goaway');
  const stream = client.request({ ':path': '/' }).setEncoding('utf8');
  const res = await asked;
  const drained = begin(running);
  await goaway;
  res.end('all of it');
  let body = '';
  for await (const chunk of stream) body += String(chunk);
  expect(body).toBe('all of it');
  await drained;
});
