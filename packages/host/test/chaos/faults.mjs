import { spawn } from 'node:child_process';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { send } from './frames.mjs';

/** Ends this very process: nothing after it runs. */
export function killSelf(signal = 'SIGKILL') {
  process.kill(process.pid, signal);
  // The signal may reach another thread first.
  if (signal === 'SIGKILL') for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);
}

/** What may be done instead of an answer. True: the answer is still to be sent. */
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
  print: () => {
    process.stdout.write('Hello from a log line\n');
    return true;
  },
  nul: () => void process.stdout.write(Buffer.alloc(64)),
  utf16: () => void process.stdout.write(Buffer.from('Content-Length: 2\r\n\r\n{}', 'utf16le')),
  header: () => void process.stdout.write('Content-Length: 1' + ' '.repeat(9000)),
  huge: () => void process.stdout.write('Content-Length: 1000000000000\r\n\r\n{'),
  negative: () => void process.stdout.write('Content-Length: -1\r\n\r\n'),
  twolengths: () => void process.stdout.write('Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}'),
  deep: () => {
    const body = '['.repeat(100_000);
    process.stdout.write(`Content-Length: ${body.length}\r\n\r\n${body}`);
  },
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
