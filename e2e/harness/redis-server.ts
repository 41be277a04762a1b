import { execa } from 'execa';
import type { TestContext } from 'vitest';
import { onTestFinished } from 'vitest';
import { connect } from 'node:net';
import { temporaryDirectory } from './temporary-directory.js';
import { useTool } from './tool.js';
import { until } from './until.js';

export interface RedisServer {
  /** Sends commands in the form of a line each, and answers what comes back. */
  call(...commands: readonly string[]): Promise<string>;
  signal(name: NodeJS.Signals): void;
  stop(): Promise<void>;
}

/** A Redis that keeps nothing unless it is told to, on a port of this machine, until the end of the test. */
export async function startRedis(
  context: TestContext,
  port: number,
  ...options: readonly string[]
): Promise<RedisServer> {
  const server = useTool(context, 'redis-server');
  const cwd = await temporaryDirectory();
  const settings = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  const child = execa(server, [...settings, ...options], { cwd, reject: false, stdio: 'ignore' });
  const stop = async () => {
    child.kill('SIGKILL');
    await child;
  };
  onTestFinished(stop);
  const call = (...commands: readonly string[]) => callRedis(port, commands);
  await until('an answer of Redis', () =>
    call('PING').then(
      (answer) => answer !== '',
      () => false,
    ),
  );
  return { call, stop, signal: (name) => child.kill(name) };
}

function callRedis(port: number, commands: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => {
      socket.end([...commands, 'QUIT', ''].join('\r\n'));
    });
    socket.setEncoding('utf8').on('data', (text: string) => (answer += text));
    socket.on('error', reject);
    socket.on('close', () => resolve(answer));
  });
}
