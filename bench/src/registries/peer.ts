import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, createWriteStream } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, isAbsolute, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** A registry that is measured: its name, and how it is started on a port with a store. */
export interface Peer {
  readonly label: string;
  /** The executable: an absolute path, or a name that is looked up on the PATH. */
  readonly command: string;
  args(config: string): readonly string[];
  config(port: number, store: string): string;
}

export interface RunningPeer {
  readonly port: number;
  readonly pid: number;
  stop(): Promise<void>;
}

const distributionConfig = (port: number, store: string) =>
  `version: 0.1\nlog: {level: error, accesslog: {disabled: true}}\nstorage: {filesystem: {rootdirectory: ${store}}}\n` +
  `http: {addr: "127.0.0.1:${String(port)}"}\n`;

/** Outrigger, and those of its peers that this machine has. */
export const PEERS: readonly Peer[] = [
  {
    label: 'outrigger',
    command: process.execPath,
    args: (config) => [
      '--max-semi-space-size=4',
      join(createRequire(import.meta.url).resolve('@outrigger/cli/package.json'), '..', 'dist', 'main.js'),
      'serve',
      config,
    ],
    config: distributionConfig,
  },
  {
    label: 'distribution 3',
    command: process.env.OUTRIGGER_BENCH_DISTRIBUTION ?? 'registry',
    args: (config) => ['serve', config],
    config: distributionConfig,
  },
  {
    label: 'docker-registry 2.8',
    command: process.env.OUTRIGGER_BENCH_DOCKER_REGISTRY ?? 'docker-registry',
    args: (config) => ['serve', config],
    config: distributionConfig,
  },
  {
    label: 'zot',
    command: process.env.OUTRIGGER_BENCH_ZOT ?? 'zot',
    args: (config) => ['serve', config],
    config: (port, store) =>
      JSON.stringify({
        storage: { rootDirectory: store },
        http: { address: '127.0.0.1', port: String(port) },
        log: { level: 'error' },
      }),
  },
];

export function isInstalled(command: string): boolean {
  const places = isAbsolute(command)
    ? [command]
    : (process.env.PATH ?? '').split(delimiter).map((dir) => join(dir, command));
  return places.some((place) => {
    try {
      accessSync(place, constants.X_OK);
      return true;
    } catch {
      return false; // not there, or not ours to run
    }
  });
}

export async function startPeer(peer: Peer): Promise<RunningPeer> {
  const directory = await mkdtemp(join(process.env.BENCH_DIR ?? tmpdir(), 'outrigger-bench-peer-'));
  const port = await freePort();
  const config = join(directory, 'config');
  await writeFile(config, peer.config(port, join(directory, 'store')));
  const child = spawn(peer.command, peer.args(config), {
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: directory,
    env: { ...process.env, OTEL_TRACES_EXPORTER: 'none' },
  });
  const log = createWriteStream(join(directory, 'log'));
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  try {
    await untilServing(child, port);
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
  return {
    port,
    pid: child.pid ?? 0,
    async stop() {
      child.kill('SIGTERM');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      log.end();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function untilServing(child: ChildProcess, port: number): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt++) {
    if (child.exitCode !== null) throw new Error(`the registry ended with status ${String(child.exitCode)}`);
    const answered = await fetch(`http://127.0.0.1:${String(port)}/v2/`).then(
      (response) => response.ok,
      () => false,
    );
    if (answered) return;
    await delay(100);
  }
  throw new Error('the registry does not answer');
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}
