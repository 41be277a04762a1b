import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import { connect } from 'node:tls';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { readClientHello } from '../../../src/serve/acme/client-hello.js';
import { HOST } from './issued.js';

/** What a client of OpenSSL sends first. */
async function helloOf(options: ConnectionOptions): Promise<Buffer> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const client = connect({ port, host: '127.0.0.1', ...options }).on('error', () => undefined);
  const [socket] = (await once(server, 'connection')) as [import('node:net').Socket];
  const [bytes] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  client.destroy();
  server.close();
  return bytes;
}

const HEAD = 5;
const VERSION = Buffer.from([3, 1]);

/** The same message in records of that size. */
function inRecords(hello: Buffer, size: number): Buffer {
  const message = hello.subarray(HEAD);
  const records: Buffer[] = [];
  for (let at = 0; at < message.length; at += size) {
    const part = message.subarray(at, at + size);
    const length = Buffer.alloc(2);
    length.writeUInt16BE(part.length);
    records.push(Buffer.from([22]), VERSION, length, part);
  }
  return Buffer.concat(records);
}

const proof = await helloOf({ servername: HOST, ALPNProtocols: ['acme-tls/1'] });
const expected = { serverName: HOST, protocols: ['acme-tls/1'] };

describe('a ClientHello', () => {
  it.each([
    [{ servername: HOST, ALPNProtocols: ['acme-tls/1'] }, expected],
    [
      { servername: HOST, ALPNProtocols: ['h2', 'http/1.1'] },
      { serverName: HOST, protocols: ['h2', 'http/1.1'] },
    ],
    [{ servername: '' }, { serverName: undefined, protocols: [] }],
    [
      { servername: HOST, maxVersion: 'TLSv1.2' },
      { serverName: HOST, protocols: [] },
    ],
  ] as const)('of a client with %j', async (options, hello) => {
    expect(readClientHello(await helloOf(options as ConnectionOptions))).toEqual(hello);
  });

  it('without extensions', () => {
    // Version, random, no session, one suite, one compression.
    const body = Buffer.from([3, 3, ...Buffer.alloc(32), 0, 0, 2, 0x13, 1, 1, 0]);
    const hello = Buffer.concat([Buffer.from([22, 3, 1, 0, body.length + 4, 1, 0, 0, body.length]), body]);
    expect(readClientHello(hello)).toEqual({ serverName: undefined, protocols: [] });
  });

  it('may lie in several records, and come piece by piece', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 600 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (size, share) => {
          const bytes = inRecords(proof, size);
          expect(readClientHello(bytes)).toEqual(expected);
          expect(readClientHello(Buffer.concat([bytes, Buffer.from('more')]))).toEqual(expected);
          expect(readClientHello(bytes.subarray(0, Math.floor(share * bytes.length)))).toBe('incomplete');
        },
      ),
    );
  });

  it('in records of one byte costs no more copies than in one', () => {
    const concat = vi.spyOn(Buffer, 'concat');
    onTestFinished(() => concat.mockRestore());
    const message = Buffer.concat([Buffer.from([1, 0, 0x3f, 0]), Buffer.alloc(0x3eff)]);
    const bytes = inRecords(Buffer.concat([Buffer.alloc(HEAD), message]), 1);
    concat.mockClear();
    expect(readClientHello(bytes)).toBe('incomplete');
    expect(concat.mock.calls.length).toBeLessThan(2);
  });

  it('is never read out of other bytes with an error', () => {
    const anything = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      // What begins well.
      fc
        .uint8Array({ maxLength: 200 })
        .map((rest) => [22, 3, 1, 0, rest.length, 1, 0, 0, rest.length - 4, ...rest]),
      // One byte of a good one is another.
      fc
        .tuple(fc.nat(proof.length - 1), fc.nat(255))
        .map(([at, byte]) => Uint8Array.from(proof, (value, index) => (index === at ? byte : value))),
    );
    fc.assert(
      fc.property(anything, (bytes) => {
        const hello = readClientHello(Buffer.from(bytes));
        if (hello === undefined || hello === 'incomplete') return;
        expect(hello.protocols).toBeInstanceOf(Array);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
    ['an alert', Buffer.from([21, 3, 1, 0, 2, 1, 0])],
    ['an empty record', Buffer.from([22, 3, 1, 0, 0])],
    ['a record that is too long', Buffer.from([22, 3, 1, 0xff, 0xff])],
    ['another message', Buffer.from([22, 3, 1, 0, 4, 2, 0, 0, 0])],
    ['a message that is too long', Buffer.from([22, 3, 1, 0, 4, 1, 0xff, 0xff, 0xff])],
  ])('%s is none', (_, bytes) => {
    expect(readClientHello(bytes)).toBeUndefined();
  });
});
