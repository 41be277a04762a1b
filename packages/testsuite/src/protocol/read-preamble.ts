import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { recordOf } from './answers.js';
import { LIMITS } from './limits.js';

export interface FirstLine {
  readonly preamble: Record<string, unknown>;
  /** What came with it. */
  readonly rest: Buffer;
}

/** The first line of a connection. The socket can be read on. */
export async function readPreamble(socket: Socket): Promise<FirstLine> {
  let head = Buffer.alloc(0);
  for await (const chunk of socket.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf('\n');
    if (end !== -1) {
      const preamble = recordOf(JSON.parse(head.toString('utf8', 0, end)), 'the preamble');
      return { preamble, rest: head.subarray(end + 1) };
    }
    assert.ok(head.length < LIMITS.preambleBytes, 'the preamble has at most preambleBytes bytes');
  }
  throw new Error('the connection ended before its first line did');
}

export interface Received {
  readonly preamble: Record<string, unknown>;
  readonly body: Buffer;
}

/** All that comes on a connection. */
export async function readAll(socket: Socket): Promise<Received> {
  const { preamble, rest } = await readPreamble(socket);
  const chunks = [rest];
  for await (const chunk of socket as AsyncIterable<Buffer>) chunks.push(chunk);
  return { preamble, body: Buffer.concat(chunks) };
}
