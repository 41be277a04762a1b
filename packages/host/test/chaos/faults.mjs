import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fallSilent, send, sendText, sip } from './frames.mjs';

/** Ends this very process: nothing after it runs. */
export function killSelf(signal = 'SIGKILL') {
  process.kill(process.pid, signal);
  // The signal may reach another thread first.
  if (signal === 'SIGKILL') for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);
}

/** What may be done instead of an answer to a request. True: the answer is still to be sent. */
export const ACTS = {
  kill: () => killSelf(),
  exit: () => {
    process.stderr.write('something is broken\n');
    process.exit(3);
  },
  stop: () => {
    killSelf('SIGSTOP');
    return true;
  },
  silence: () => false,
  sip: () => {
    sip(process.stdin);
    return true;
  },
  print: () => {
    process.stdout.write('Hello from a log line\n');
    return true;
  },
  random: () => void process.stdout.write(randomBytes(4096)),
  half: () => {
    process.stdout.write('Content-Length: 30\r\n\r\n{"jsonrpc"');
    return true;
  },
  halfsilent: (id, _params, result) => {
    send({ jsonrpc: '2.0', id, result });
    process.stdout.write('Content-Length: 500\r\n\r\n{"jsonrpc"');
    fallSilent();
  },
  lieafter: (id, { path }) => {
    process.stdout.write('a line of a log\n');
    send({ jsonrpc: '2.0', id, result: { path, size: 4711, modTime: 0, isDir: false } });
  },
  nul: () => void process.stdout.write(Buffer.alloc(64)),
  utf16: () => void process.stdout.write(Buffer.from('Content-Length: 2\r\n\r\n{}', 'utf16le')),
  header: () => void process.stdout.write('Content-Length: 1' + ' '.repeat(9000)),
  endless: () => void process.stdout.write(`Content-Type: ${'x'.repeat(1_000_000)}`),
  linefeeds: () => void process.stdout.write('Content-Length: 2\n\n{}'),
  letters: () => void process.stdout.write('Content-Length: 2abc\r\n\r\n{}'),
  large: (id) => void send({ jsonrpc: '2.0', id, result: { x: 'x'.repeat(1024 * 1024) } }),
  huge: () => void process.stdout.write('Content-Length: 1000000000000\r\n\r\n{'),
  negative: () => void process.stdout.write('Content-Length: -1\r\n\r\n'),
  twolengths: () => void process.stdout.write('Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}'),
  deep: () => {
    const body = '['.repeat(1_000_000);
    process.stdout.write(`Content-Length: ${body.length}\r\n\r\n${body}`);
  },
  oldid: () => void send({ jsonrpc: '2.0', id: 0, result: {} }),
  proto: (id) =>
    void sendText(
      `{"jsonrpc":"2.0","id":${id},"result":{"__proto__":{"path":"/a","size":1,"modTime":0,"isDir":false}}}`,
    ),
  stray: (id) => void send({ jsonrpc: '2.0', id, result: { entries: [{ path: '/b/c' }] } }),
  longchunk: (id, { length }) => {
    const data = Buffer.alloc(length + 1).toString('base64');
    send({ jsonrpc: '2.0', id, result: { data, size: 10 * length, modTime: 0 } });
  },
  nobase64: (id) => void send({ jsonrpc: '2.0', id, result: { content: 'eA=', size: 1, modTime: 0 } }),
  otherplane: (id) =>
    void send({
      jsonrpc: '2.0',
      id,
      result: { localPath: '/etc/passwd', dev: 1, ino: 1, size: 1, modTime: 0 },
    }),
  oversize: (id, _params, result) => void send({ jsonrpc: '2.0', id, result: { size: result.size + 7 } }),
  wrongid: () => void send({ jsonrpc: '2.0', id: 987654, result: {} }),
  wrongtype: (id) => void send({ jsonrpc: '2.0', id, result: { path: 7 } }),
  both: (id) => void send({ jsonrpc: '2.0', id, result: {}, error: { code: 1, message: 'x' } }),
  request: () => void send({ jsonrpc: '2.0', id: 1, method: 'stat', params: { path: '/' } }),
  refusegarbage: (id) => {
    const error = { code: 1006, message: 'full', data: { code: 'QUOTA_EXCEEDED' } };
    const body = Buffer.from(JSON.stringify({ jsonrpc: '2.0', id, error }));
    process.stdout.write(`Content-Length: ${body.length}\r\n\r\n${body}garbage\n`);
  },
  twice: (id) => {
    send({ jsonrpc: '2.0', id, result: {} });
    return true;
  },
};

/** Counts over all processes of a store. */
export function countIn(root, name) {
  const file = join(root, name);
  appendFileSync(file, '.');
  return readFileSync(file, 'latin1').length;
}

/** Things that go wrong before the handshake, by name. */
export const STARTS = {
  exit: () => {
    process.stderr.write('cannot open the store\n');
    process.exit(3);
  },
  signal: () => killSelf('SIGKILL'),
  banner: () => void process.stdout.write('Welcome to the chaos driver\n'),
  silent: () => void listenToNothing(),
};

function listenToNothing() {
  process.stdin.resume();
  setInterval(() => undefined, 1000);
}

/** A process that would outlive its parent; its id is left in the store. */
export function spawnGrandchild(root) {
  const { pid } = spawn('sleep', ['1000'], { stdio: 'inherit' });
  writeFileSync(join(root, 'grandchild'), String(pid));
}

export function floodStderr(bytes) {
  const line = `${'x'.repeat(999)}\n`;
  let left = bytes;
  const write = () => {
    while (left > 0) {
      left -= line.length;
      if (!process.stderr.write(line)) return process.stderr.once('drain', write);
    }
    return process.stderr.write('the flood is over\n');
  };
  write();
}
