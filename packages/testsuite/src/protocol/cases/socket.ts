import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { type Socket, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ConformanceCase, skip } from '../../case.js';
import { alive, refusedAs, resultOf } from '../answers.js';
import type { ProtocolContext } from '../protocol-context.js';
import type { RawClient } from '../raw-client.js';

const PREAMBLE_BYTES = 4096;
/** Above smallContentBytes, so that it has to go over the socket. */
const SIZE = 200_000;

/** What a driver says and does on the connections that it dials. */
export const socketCases: readonly ConformanceCase<ProtocolContext>[] = [
  {
    id: 'P90',
    name: 'socket plane: a read is a preamble, the bytes, their end, and an answer with the count',
    promise: 'The preamble of a read has token, size and modTime; `bytes` is the number of bytes behind it.',
    plane: 'socket',
    run: (context) =>
      onSocket(context, async ({ client, listen, path, content }) => {
        const dialled = listen();
        const params = { path, offset: 1000, length: 150_000, plane: 'socket', token: 'read-1' };
        const answered = client.request('read', params);
        const { preamble, body } = await received(await dialled);
        const { bytes, size, modTime } = resultOf(await answered);
        assert.equal(preamble.token, 'read-1');
        assert.deepEqual(
          [preamble.size, preamble.modTime],
          [SIZE, modTime],
          'size and modTime of the preamble',
        );
        assert.deepEqual([bytes, size], [150_000, SIZE]);
        assert.ok(body.equals(content.subarray(1000, 151_000)), 'the bytes behind the preamble');
      }),
  },
  {
    id: 'P91',
    name: 'socket plane: a read of nothing is answered without a byte',
    promise: 'PATH_NOT_FOUND and INVALID_OFFSET are answered before any byte is sent.',
    plane: 'socket',
    run: (context) =>
      onSocket(context, async ({ client, path, scratch }) => {
        const nothing = scratch.path();
        const read = { offset: 0, plane: 'socket', token: 'read-1' };
        refusedAs(await client.request('read', { ...read, path: nothing }), 'PATH_NOT_FOUND', nothing);
        refusedAs(await client.request('read', { ...read, path, offset: -1 }), 'INVALID_OFFSET', path);
        await alive(client);
      }),
  },
  {
    id: 'P92',
    name: 'socket plane: a host that closes the connection is answered once, and the session goes on',
    promise: 'The host closing the connection is a cancel: the driver stops and answers.',
    plane: 'socket',
    run: (context) =>
      onSocket(context, async ({ client, listen, path }) => {
        const dialled = listen();
        const answered = client.request('read', { path, offset: 0, plane: 'socket', token: 'read-1' });
        (await dialled).destroy();
        // It may have written everything already; what it says is its own.
        await answered;
        await alive(client);
      }),
  },
  {
    id: 'P93',
    name: 'socket plane: a write ends with the half-close of the host and answers the size',
    promise: 'The driver takes bytes until the half-close, and answers the size of the writer then.',
    plane: 'socket',
    run: (context) =>
      onSocket(context, async ({ client, listen, scratch, content }) => {
        const path = scratch.path();
        const { writer } = resultOf(await client.request('writer/open', { path, mode: 'truncate' }));
        const dialled = listen();
        const answered = client.request('writer/write', { writer, offset: 0, token: 'write-1' });
        const socket = await dialled;
        const { preamble, rest } = await readPreamble(socket);
        assert.deepEqual([preamble.token, rest.length], ['write-1', 0], 'nothing but the token');
        socket.end(content);
        assert.equal(resultOf(await answered).size, SIZE);
        resultOf(await client.request('writer/commit', { writer, size: SIZE }));
        assert.equal(resultOf(await client.request('stat', { path })).size, SIZE);
      }),
  },
  {
    id: 'P94',
    name: 'socket plane: a slow write does not hold other requests up',
    promise: 'A stream may be long and slow: it does not block other requests.',
    plane: 'socket',
    run: (context) =>
      onSocket(context, async ({ client, listen, scratch, path }) => {
        const slow = scratch.path();
        const { writer } = resultOf(await client.request('writer/open', { path: slow, mode: 'truncate' }));
        const dialled = listen();
        const answered = client.request('writer/write', { writer, offset: 0, token: 'write-1' });
        const socket = await dialled;
        await readPreamble(socket);
        for (let turn = 0; turn < 5; turn++) resultOf(await client.request('stat', { path }));
        socket.end('abc');
        assert.equal(resultOf(await answered).size, 3);
        resultOf(await client.request('writer/cancel', { writer }));
      }),
  },
];

interface OnSocket {
  readonly client: RawClient;
  readonly scratch: ProtocolContext['scratch'];
  /** An object of `SIZE` bytes, and its bytes. */
  readonly path: string;
  readonly content: Buffer;
  /** The next connection that the driver dials. */
  readonly listen: () => Promise<Socket>;
}

/** A session with a host that listens. The socket's directory is gone afterwards. */
async function onSocket(context: ProtocolContext, run: (session: OnSocket) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'outrigger-'));
  const dialled: Socket[] = [];
  const waiting: ((socket: Socket) => void)[] = [];
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => undefined);
    const take = waiting.shift();
    dialled.push(socket);
    take?.(socket);
  });
  const socketPath = join(directory, 's');
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  try {
    const client = await shakeHands(context, socketPath);
    const path = context.scratch.path();
    const content = Buffer.from(context.scratch.content(SIZE).bytes());
    await store(client, path, content);
    const listen = () => new Promise<Socket>((resolve) => waiting.push(resolve));
    await run({ client, scratch: context.scratch, path, content, listen });
  } finally {
    for (const socket of dialled) socket.destroy();
    server.close();
    await rm(directory, { recursive: true });
  }
}

async function shakeHands(
  { start, initializeParams }: ProtocolContext,
  socketPath: string,
): Promise<RawClient> {
  const client = start();
  const offer = { dataPlanes: ['socket', 'inline'], socketPath };
  const { dataPlanes } = resultOf(await client.request('initialize', initializeParams(offer)));
  if (!Array.isArray(dataPlanes) || !dataPlanes.includes('socket')) skip('the driver has no plane socket');
  client.notify('initialized', { dataPlanes: ['socket', 'inline'] });
  return client;
}

async function store(client: RawClient, path: string, content: Buffer): Promise<void> {
  const { writer } = resultOf(await client.request('writer/open', { path, mode: 'truncate' }));
  const data = content.toString('base64');
  resultOf(await client.request('writer/write', { writer, offset: 0, data }));
  resultOf(await client.request('writer/commit', { writer, size: content.length }));
}

interface Received {
  readonly preamble: Record<string, unknown>;
  readonly body: Buffer;
}

async function received(socket: Socket): Promise<Received> {
  const { preamble, rest } = await readPreamble(socket);
  const chunks = [rest];
  for await (const chunk of socket as AsyncIterable<Buffer>) chunks.push(chunk);
  return { preamble, body: Buffer.concat(chunks) };
}

/** The first line of a connection, and what came with it. */
async function readPreamble(socket: Socket): Promise<{ preamble: Record<string, unknown>; rest: Buffer }> {
  let head = Buffer.alloc(0);
  while (!head.includes('\n')) {
    assert.ok(head.length < PREAMBLE_BYTES, 'the preamble has at most preambleBytes bytes');
    head = Buffer.concat([head, await nextChunk(socket)]);
  }
  const end = head.indexOf('\n');
  const preamble = resultOf({ id: 0, result: JSON.parse(head.toString('utf8', 0, end)) });
  return { preamble, rest: head.subarray(end + 1) };
}

function nextChunk(socket: Socket): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const settle = (outcome: () => void) => {
      socket.pause();
      socket.off('data', onData);
      socket.off('end', onEnd);
      outcome();
    };
    const onData = (chunk: Buffer) => {
      settle(() => {
        resolve(chunk);
      });
    };
    const onEnd = () => {
      settle(() => {
        reject(new Error('the connection ended before its first line did'));
      });
    };
    socket.on('data', onData).on('end', onEnd).resume();
  });
}
