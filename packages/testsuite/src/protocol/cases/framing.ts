import assert from 'node:assert/strict';
import type { ConformanceCase } from '../../case.js';
import { alive, endsBySelf, resultOf } from '../answers.js';
import { encodeFrame } from '../frame.js';
import type { ProtocolContext } from '../protocol-context.js';

const MESSAGE_BYTES = 1_048_576;

/** Frames that are unusual and right, by their bodies in ASCII. */
const GOOD: Readonly<Record<string, (body: string) => string>> = {
  'a field name in other case': (body) => `CONTENT-length: ${String(body.length)}\r\n\r\n${body}`,
  'a second field': (body) =>
    `Content-Length: ${String(body.length)}\r\nContent-Type: a/b; charset=utf-8\r\n\r\n${body}`,
  'the other order': (body) => `Content-Type: x\r\nContent-Length: ${String(body.length)}\r\n\r\n${body}`,
  'no space': (body) => `Content-Length:${String(body.length)}\r\n\r\n${body}`,
  'a message of the greatest size': (body) =>
    `Content-Length: ${String(MESSAGE_BYTES)}\r\n\r\n${body.padEnd(MESSAGE_BYTES)}`,
};

/** What no host sends. There is no way back into step. */
const BROKEN: Readonly<Record<string, string>> = {
  'a line of text': 'hello, driver\n',
  'a request of HTTP': 'GET / HTTP/1.1\r\n\r\n',
  'bytes that are no text': '\x00\xff\xfe\x80\r\n\r\n',
  'a length that is no number': 'Content-Length: 2abc\r\n\r\n{}',
  'a negative length': 'Content-Length: -5\r\n\r\n{}',
  'a header without a length': 'Content-Type: x\r\n\r\n{}',
  'a header without an end': `Content-Length: 5${' '.repeat(8192)}`,
  'a body that is no JSON': 'Content-Length: 5\r\n\r\n{"a":',
  'a body of deep nesting': `Content-Length: 200000\r\n\r\n${'['.repeat(200_000)}`,
};

export const framingCases: readonly ConformanceCase<ProtocolContext>[] = [
  {
    id: 'P30',
    name: 'frames: what is unusual and right is understood',
    promise: 'Field names have any case, Content-Type is ignored, a message has at most messageBytes.',
    async run({ open }) {
      const client = await open();
      for (const [what, frame] of Object.entries(GOOD)) {
        const id = client.nextId();
        client.send(frame(JSON.stringify({ jsonrpc: '2.0', id, method: 'ping', params: {} })));
        assert.deepEqual(resultOf(await client.answerTo(id)), {}, what);
      }
    },
  },
  {
    id: 'P31',
    name: 'frames: cut anywhere, or several at once',
    promise: 'Frames are a stream of bytes: where it is cut means nothing.',
    async run({ open }) {
      const client = await open();
      for (const byte of pingFrame(100)) client.send(Uint8Array.of(byte));
      resultOf(await client.answerTo(100));
      const ids = Array.from({ length: 20 }, (_, i) => 200 + i);
      client.send(Buffer.concat(ids.map(pingFrame)));
      for (const id of ids) resultOf(await client.answerTo(id));
    },
  },
  {
    id: 'P32',
    name: 'frames: what is broken ends the driver',
    promise:
      'Bytes that are no frame end the driver with a status that is not 0, and nothing strays onto stdout.',
    timeoutMs: 600_000,
    async run({ open }) {
      for (const [what, bytes] of Object.entries(BROKEN)) {
        const client = await open();
        await alive(client);
        client.send(Buffer.from(bytes, 'latin1'));
        const { status, signal } = await endsBySelf(client, what);
        assert.ok(signal === null && status !== 0, `${what}: ended with ${signal ?? String(status)}`);
      }
    },
  },
  {
    id: 'P33',
    name: 'frames: one above the limit is refused by its header alone',
    promise: 'Oversize frames are refused; nothing is allocated by a declared length.',
    async run({ open }) {
      for (const length of [MESSAGE_BYTES + 1, 1_000_000_000_000]) {
        const client = await open();
        // Not one byte of the body is sent: a driver that waits for it does not end.
        client.send(`Content-Length: ${String(length)}\r\n\r\n`);
        const { status, signal } = await endsBySelf(client);
        assert.ok(signal === null && status !== 0, `ended with ${signal ?? String(status)}`);
      }
    },
  },
];

function pingFrame(id: number): Buffer {
  return encodeFrame({ jsonrpc: '2.0', id, method: 'ping', params: {} });
}
