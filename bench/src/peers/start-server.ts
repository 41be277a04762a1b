import type { ChildProcess } from 'node:child_process';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { openSync, readFileSync, closeSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Server } from './servers.js';

export interface RunningServer {
  readonly port: number;
  readonly pid: number;
  /** On the disk of the store; removed at the end. */
  readonly directory: string;
  stop(): Promise<void>;
}

const POLL_MS = 50;
const START_MS = 60_000;
const LOG_TAIL = 2000;

/** Where stores lie: BENCH_DIR, or the system's directory for temporary files. */
export function benchDirectory(): string {
  return process.env.BENCH_DIR ?? tmpdir();
}

/** Starts a registry on an empty store, or on the given one. */
export async function startServer(server: Server, store?: string): Promise<RunningServer> {
  const directory = await mkdtemp(join(benchDirectory(), 'outrigger-bench-peer-'));
  const port = await freePort();
  const config = join(directory, server.layout === 'oci' ? 'config.json' : 'config.yml');
  await writeFile(config, server.config(port, store ?? join(directory, 'store')));
  const log = join(directory, 'log');
  const output = openSync(log, 'w');
  // In the directory of the caller, where a profile of Node is left.
  const child = spawn(server.command, [...server.args, config], {
    stdio: ['ignore', output, output],
    env: { ...process.env, OTEL_TRACES_EXPORTER: 'none' },
  });
  closeSync(output);
  try {
    await untilServing(child, port);
  } catch (error) {
    child.kill('SIGKILL');
    const said = readFileSync(log, 'utf8').slice(-LOG_TAIL);
    await rm(directory, { recursive: true, force: true });
    throw new Error(`${server.name} does not start:\n${said}`, { cause: error });
  }
  return {
    port,
    pid: child.pid ?? 0,
    directory,
    async stop() {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGTERM');
        await once(child, 'exit');
      }
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** The first line of what a registry says of its version, without the place where it lies. */
export function versionOf({ command, versionArgs }: Server): string {
  const { stdout, stderr } = spawnSync(command, versionArgs, { encoding: 'utf8' });
  const line = `${stdout}${stderr}`.split('\n').find((text) => text.trim() !== '');
  return (line ?? 'unknown').replaceAll(command, basename(command)).trim().slice(0, 100);
}

async function untilServing(child: ChildProcess, port: number): Promise<void> {
  const deadline = performance.now() + START_MS;
  while (performance.now() < deadline) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error('it ended');
    const answered = await fetch(`http://127.0.0.1:${port}/v2/`).then(
      (response) => response.ok,
      () => false,
    );
    if (answered) return;
    await delay(POLL_MS);
  }
  throw new Error('it does not answer');
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}
