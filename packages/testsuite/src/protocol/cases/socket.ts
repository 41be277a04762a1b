import assert from 'node:assert/strict';
import type { ConformanceCase } from '../../case.js';
import type { Scratch } from '../../scratch.js';
import { alive, refusedAs, resultOf } from '../answers.js';
import type { ProtocolContext } from '../protocol-context.js';
import { openWriter, writeContent } from '../raw-writes.js';
import { readAll, readPreamble } from '../read-preamble.js';
import { type SocketSession, withSocket } from '../socket-session.js';

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
      onSocket(context, async ({ client, nextConnection, path, content }) => {
        const dialled = nextConnection();
        const params = { path, offset: 1000, length: 150_000, plane: 'socket', token: 'read-1' };
        const answered = client.request('read', params);
        const { preamble, body } = await readAll(await dialled);
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
      onSocket(context, async ({ client, nextConnection, path }) => {
        const dialled = nextConnection();
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
      onSocket(context, async ({ scratch, content, ...session }) => {
        const { client } = session;
        const path = scratch.path();
        const { writer, socket, answered, preamble, rest } = await beginWrite(session, path);
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
      onSocket(context, async ({ scratch, path, ...session }) => {
        const { client } = session;
        const { writer, socket, answered } = await beginWrite(session, scratch.path());
        for (let turn = 0; turn < 5; turn++) resultOf(await client.request('stat', { path }));
        socket.end('abc');
        assert.equal(resultOf(await answered).size, 3);
        resultOf(await client.request('writer/cancel', { writer }));
      }),
  },
];

interface Prepared extends SocketSession {
  readonly scratch: Scratch;
  /** An object of `SIZE` bytes, and its bytes. */
  readonly path: string;
  readonly content: Buffer;
}

/** A session on the plane, with an object in the store. */
function onSocket(context: ProtocolContext, run: (prepared: Prepared) => Promise<void>): Promise<void> {
  const { scratch } = context;
  return withSocket(context, async (session) => {
    const [path, content] = [scratch.path(), scratch.content(SIZE)];
    await writeContent(session.client, path, content, SIZE);
    await run({ ...session, scratch, path, content: Buffer.from(content.bytes()) });
  });
}

/** A write that the driver has dialled for; it got no byte yet. */
async function beginWrite({ client, nextConnection }: SocketSession, path: string) {
  const { writer } = await openWriter(client, path, 'truncate');
  const dialled = nextConnection();
  const answered = client.request('writer/write', { writer, offset: 0, token: 'write-1' });
  const socket = await dialled;
  return { writer, socket, answered, ...(await readPreamble(socket)) };
}
