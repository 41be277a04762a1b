// Starts the built command over an empty store, for the conformance programs.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../packages/cli/dist/main.js', import.meta.url));
const START_MS = 20_000;

/** Each driver in the registry's own process, and in a process of its own on each plane that it has. */
export const TARGETS = [
  { name: 'inmemory, in-process', driver: 'inmemory', settings: { inProcess: true } },
  { name: 'inmemory, socket plane', driver: 'inmemory', settings: planes('socket', 'inline') },
  { name: 'inmemory, inline plane', driver: 'inmemory', settings: planes('inline') },
  { name: 'filesystem, in-process', driver: 'filesystem', settings: { inProcess: true } },
  { name: 'filesystem, file plane', driver: 'filesystem', settings: planes('file', 'socket', 'inline') },
  { name: 'filesystem, socket plane', driver: 'filesystem', settings: planes('socket', 'inline') },
  { name: 'filesystem, inline plane', driver: 'filesystem', settings: planes('inline') },
  { name: 'inmemory, OCI layouts', driver: 'inmemory', settings: { inProcess: true }, layout: 'oci' },
  {
    name: 'filesystem, OCI layouts',
    driver: 'filesystem',
    settings: planes('file', 'socket', 'inline'),
    layout: 'oci',
  },
];

/** Resolves to {host, stop}. The log is in `directory`. */
export async function startRegistry(target, directory) {
  const host = `127.0.0.1:${await freePort()}`;
  const config = join(directory, 'config.yml');
  // JSON is YAML.
  writeFileSync(config, JSON.stringify(toConfig(target, directory, host)));
  const logFile = join(directory, 'log');
  const log = openSync(logFile, 'w');
  const child = spawn(process.execPath, [MAIN, 'serve', config], {
    cwd: directory,
    env: { ...process.env, PATH: `${dirname(process.execPath)}:${process.env.PATH}` },
    stdio: ['ignore', log, log],
  });
  const exited = once(child, 'exit');
  const stop = async () => {
    child.kill('SIGTERM');
    await exited;
  };
  for (const start = Date.now(); !(await answers(host)); await pause(50)) {
    if (child.exitCode === null && Date.now() - start < START_MS) continue;
    await stop();
    throw new Error(`the registry does not start: ${readFileSync(logFile, 'utf8').trim().slice(-1000)}`);
  }
  return { host, stop };
}

function toConfig({ driver, settings, layout = 'distribution' }, directory, host) {
  return {
    version: '0.1',
    log: { level: 'warn', accesslog: { disabled: true } },
    storage: {
      delete: { enabled: true },
      [driver]: driver === 'filesystem' ? { rootdirectory: join(directory, 'store') } : {},
    },
    http: { addr: host },
    // OCI_DATA_SPARSE pushes manifests of which a layer or a child is missing.
    validation: { disabled: true },
    outrigger: { profile: 'strict', layout, drivers: { [driver]: settings } },
  };
}

function planes(...dataPlanes) {
  return { inProcess: false, dataPlanes };
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

function answers(host) {
  return fetch(`http://${host}/v2/`).then(
    ({ ok }) => ok,
    () => false,
  );
}
