import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Parameters } from '@outrigger/driver';
import { readToEnd } from '@outrigger/driver';
import { describe, expect, it, onTestFinished } from 'vitest';
import { connectDriver } from '../src/host/connect-driver.js';
import type { RemoteDriver } from '../src/host/remote-driver.js';
import { Description } from '../src/protocol/description.js';
import { DataPlane } from '../src/protocol/values.js';
import { frame, parse } from './support/frames.js';
import { HOST } from './support/pair.js';
import { temporaryDirectory } from './support/temporary-directory.js';

const program = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const FILESYSTEM = program('../../plugin-fs/dist/main.js');
const INMEMORY = program('../../plugin-memory/dist/main.js');
const CHATTY = program('fixtures/chatty-driver.mjs');

interface Running {
  readonly child: ChildProcessWithoutNullStreams;
  /** All that it printed, so far and in the end. */
  readonly stdout: () => Buffer;
  readonly stderr: () => string;
  /** Exit status, or the signal that ended it, once its streams have ended too. */
  readonly ended: Promise<number | string>;
}

function run(file: string, args: readonly string[] = []): Running {
  const child = spawn(process.execPath, [file, ...args], { env: {} });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  child.stdin.on('error', () => undefined);
  const collect = (stream: NodeJS.ReadableStream) => {
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    return () => Buffer.concat(chunks);
  };
  const stderr = collect(child.stderr);
  const ended = once(child, 'close').then(([status, signal]) => (status ?? signal) as number | string);
  return { child, stdout: collect(child.stdout), stderr: () => stderr().toString(), ended };
}

async function connect(file: string, parameters: Parameters, dataPlanes?: readonly DataPlane[]) {
  const child = spawn(process.execPath, [file, '{}'], { env: {} });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()));
  const ended = once(child, 'close').then(([status, signal]) => (status ?? signal) as number | string);
  const remote = await connectDriver({
    input: child.stdout,
    output: child.stdin,
    name: 'test',
    parameters,
    host: HOST,
    directory: await temporaryDirectory(),
    dataPlanes,
    timeoutMs: 60_000,
  });
  onTestFinished(() => remote.close());
  return { remote, child, ended, log: () => log };
}

describe.each([
  ['filesystem', FILESYSTEM, ['inline', 'socket', 'file']],
  ['inmemory', INMEMORY, ['inline', 'socket']],
])('registry-storage-%s', (name, file, dataPlanes) => {
  it('describes itself in one line of JSON', async () => {
    const { stdout, stderr, ended } = run(file, ['--describe']);
    expect(await ended).toBe(0);
    const lines = stdout().toString().split('\n');
    expect(lines).toHaveLength(2);
    const description = Description.parse(JSON.parse(lines[0] ?? ''));
    expect(description).toMatchObject({ name, protocolVersions: [1], dataPlanes });
    expect(description.capabilities).not.toHaveProperty('roots');
    expect(stderr()).toBe('');
  });

  it('tells its version', async () => {
    const { stdout, ended } = run(file, ['--version']);
    expect(await ended).toBe(0);
    expect(stdout().toString()).toMatch(new RegExp(`^${name} \\d+\\.\\d+\\.\\d+\\n$`));
  });

  it.each(['--help', 'rootdirectory=/srv', '[]', 'null', '"x"', '{'])(
    'refuses the argument %s',
    async (argument) => {
      const { stdout, stderr, ended } = run(file, [argument]);
      expect(await ended).toBe(64);
      expect(stdout()).toHaveLength(0);
      expect(stderr()).toContain(`registry-storage-${name}: argument 1 is the JSON map of the parameters`);
    },
  );

  it.each([
    ['a line of text', 'hello\n'],
    ['an HTTP request', 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['NUL', '\0\0\0\0'],
    ['UTF-16', Buffer.from('Content-Length: 2\r\n\r\n{}', 'utf16le')],
    ['an endless header', `Content-Type: ${'x'.repeat(8192)}`],
    ['a length of 1e12', 'Content-Length: 1000000000000\r\n\r\n'],
    ['a length of -1', 'Content-Length: -1\r\n\r\n'],
    ['a length of 2abc', 'Content-Length: 2abc\r\n\r\n{}'],
    ['two lengths', 'Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}'],
    ['no JSON', 'Content-Length: 2\r\n\r\n{]'],
    ['a bomb', Buffer.concat([Buffer.from('Content-Length: 200000\r\n\r\n'), Buffer.alloc(200_000, '[')])],
    ['a batch', frame([{ jsonrpc: '2.0', id: 1, method: 'ping' }])],
    ['blanks that a pattern would choke on', `Content-Length:${' '.repeat(4000)}\nx\r\n\r\n`],
  ])('ends with 1 and a reason on %s', async (_what, bytes) => {
    const { child, stdout, stderr, ended } = run(file, ['{}']);
    child.stdin.write(bytes);
    expect(await ended).toBe(1);
    expect(stderr()).toMatch(/^the host broke the protocol: .+\n$/);
    expect(stdout()).toHaveLength(0);
  });

  it('ends when stdin does', async () => {
    const { child, ended } = run(file, ['{}']);
    child.stdin.end();
    expect(await ended).toBe(0);
  });

  it('ends with 1 when stdin ends inside a frame', async () => {
    const { child, stderr, ended } = run(file, ['{}']);
    child.stdin.end('Content-Length: 100\r\n\r\n{');
    expect(await ended).toBe(1);
    expect(stderr()).toContain('ended inside a frame');
  });

  it('ends with 1 on exit without shutdown', async () => {
    const { child, ended } = run(file, ['{}']);
    child.stdin.write(frame({ jsonrpc: '2.0', method: 'exit' }));
    expect(await ended).toBe(1);
  });
});

describe('a served driver', () => {
  it.each(['inline', 'socket', 'file'] as const)(
    'reads and writes on %s, and ends with 0 after shutdown',
    async (plane) => {
      const root = await temporaryDirectory();
      const { remote, ended } = await connect(FILESYSTEM, { rootdirectory: root, commit: 'relaxed' }, [
        plane,
      ]);
      expect(remote.dataPlanes[0]).toBe(plane);
      await roundTrip(remote);
      // The probe of the handshake is gone.
      expect(readdirSync(root)).toStrictEqual(['a']);
      await remote.shutdown();
      expect(await ended).toBe(0);
    },
  );

  it('ends on SIGTERM', async () => {
    const { child, ended } = await connect(INMEMORY, {});
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
  });

  it('ends on SIGTERM before the handshake', async () => {
    const { child, stdout, ended } = run(CHATTY, ['{}']);
    child.stdin.write(frame({ jsonrpc: '2.0', id: 1, method: 'ping' }));
    while (stdout().length === 0) await once(child.stdout, 'data');
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
    expect(parse([stdout()]).values).toMatchObject([{ id: 1, error: { code: -32002 } }]);
  });

  it('ends when stdin does, in the middle of a read and of a write', async () => {
    const { remote, child, ended } = await connect(INMEMORY, {}, ['socket']);
    await remote.put('/a', Buffer.alloc(8 * 1024 * 1024));
    const reader = await remote.reader('/a');
    await reader.read(Buffer.alloc(10));
    const writer = await remote.writer('/b');
    await writer.write(Buffer.alloc(100_000));
    child.stdin.end();
    expect(await ended).toBe(0);
    await expect(writer.commit()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await reader.close();
  });

  it('keeps what the program prints off the protocol', async () => {
    const { remote, log, ended } = await connect(CHATTY, {});
    await expect(remote.stat('/none')).rejects.toMatchObject({ code: 'PATH_NOT_FOUND', driver: 'chatty' });
    await remote.shutdown();
    expect(await ended).toBe(0);
    expect(log().split('\n').sort()).toStrictEqual(
      [
        '',
        'a line of console.error',
        'a line of console.log',
        'a line of stdout.write',
        'closed',
        'stat /none',
      ].sort(),
    );
  });

  it.each([{ hang: true }, { hangOnClose: true }])('ends although it hangs: %j', async (parameters) => {
    const { child, ended, stderr } = run(CHATTY, [JSON.stringify(parameters)]);
    const limits = {
      headerBytes: 4096,
      messageBytes: 1048576,
      nesting: 32,
      inlineChunkBytes: 262144,
      smallContentBytes: 32768,
      putBytes: 8388608,
      pageEntries: 1000,
      streams: 256,
      preambleBytes: 4096,
    };
    const params = {
      protocolVersions: [1],
      host: HOST,
      hostPid: process.pid,
      dataPlanes: ['inline'],
      limits,
    };
    child.stdin.write(frame({ jsonrpc: '2.0', id: 1, method: 'initialize', params }));
    while (!stderr().includes('console.error')) await once(child.stderr, 'data');
    child.stdin.end();
    expect(await ended).toBe(0);
  });

  it('dies with its host: the end of stdin is enough', async () => {
    const { remote, child, ended } = await connect(INMEMORY, {});
    child.kill('SIGKILL');
    expect(await ended).toBe('SIGKILL');
    expect(String(await remote.broken)).toMatch(/closed its channel|EPIPE|ECONNRESET/);
    await expect(remote.stat('/a')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });
});

async function roundTrip(remote: RemoteDriver): Promise<void> {
  const content = Buffer.from(Array.from({ length: 3_000_000 }, (_, i) => (i * 31) % 253));
  const writer = await remote.writer('/a/b');
  for (let at = 0; at < content.length; at += 500_000) await writer.write(content.subarray(at, at + 500_000));
  await writer.commit();
  const reader = await remote.reader('/a/b', { offset: 1_000 });
  const read = Buffer.from(await readToEnd(reader, content.length));
  expect(Buffer.compare(read, content.subarray(1_000))).toBe(0);
}
