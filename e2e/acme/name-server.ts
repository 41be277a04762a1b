import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { createServer } from 'node:net';
import { onTestFinished } from 'vitest';

const HEADER = 12;
const TYPE_A = 1;
const LOOPBACK = [127, 0, 0, 1];

/** A name server (RFC 1035, over TCP) that knows every name: all are this machine. Answers its address. */
export async function startNameServer(): Promise<string> {
  const server = createServer(serve).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function serve(socket: Socket): void {
  let received = Buffer.alloc(0);
  socket.on('error', () => undefined);
  socket.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    while (received.length >= 2 && received.length >= 2 + received.readUInt16BE()) {
      const end = 2 + received.readUInt16BE();
      socket.write(withLength(answer(received.subarray(2, end))));
      received = received.subarray(end);
    }
  });
}

function answer(query: Buffer): Buffer {
  // Name, type, class.
  const end = query.indexOf(0, HEADER) + 5;
  const isAddress = query.readUInt16BE(end - 4) === TYPE_A;
  // The same number; an answer, of an authority; one question, and one record or none.
  const header = Buffer.from([...query.subarray(0, 2), 0x84, 0, 0, 1, 0, isAddress ? 1 : 0, 0, 0, 0, 0]);
  // The name of the question, A, IN, for no time.
  const record = Buffer.from([0xc0, HEADER, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, ...LOOPBACK]);
  return Buffer.concat([header, query.subarray(HEADER, end), ...(isAddress ? [record] : [])]);
}

function withLength(message: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(message.length);
  return Buffer.concat([length, message]);
}
