// A driver that speaks versions 98 and 99 of the protocol only, and says so.
if (process.argv[2] === '--describe') process.exit(64);
const error = { code: 1102, message: 'no common protocol version', data: { protocolVersions: [98, 99] } };
let received = '';
process.stdin.setEncoding('utf8').on('data', (text) => {
  received += text;
  const id = /"id":(\d+)/.exec(received)?.[1];
  if (id === undefined) return;
  const body = JSON.stringify({ jsonrpc: '2.0', id: Number(id), error });
  process.stdout.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  received = '';
});
