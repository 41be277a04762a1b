// A driver that speaks versions 98 and 99 of the protocol only, and says so.
import { createInterface } from 'node:readline';

if (process.argv[2] === '--describe') process.exit(64);
const error = { code: 1102, message: 'no common protocol version', data: { protocolVersions: [98, 99] } };
const body = JSON.stringify({ jsonrpc: '2.0', id: 1, error });
createInterface({ input: process.stdin }).once('line', () => {
  process.stdout.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
});
