import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync } from 'node:fs';
import { chmod, cp, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { DriverStatus } from '../src/index.js';
import { CHAOS_DIRECTORY, chaosBench, isRunning, processesNaming } from './open-chaos.js';

const bench = chaosBench();
const HOST = fileURLToPath(new URL('host-program.mjs', import.meta.url));

interface HostOptions {
  readonly parameters?: Record<string, unknown>;
  /** Where the driver is. */
  readonly directory?: string;
  /** A step of the start at which the host kills itself. */
  readonly killAt?: string;
  /** What starts the host. */
  readonly wrapper?: readonly string[];
}

function startHost({ parameters, directory, killAt, wrapper = [] }: HostOptions = {}) {
  const argument = JSON.stringify({ parameters: { root: bench.root, ...parameters }, directory, killAt });
  const run = join(bench.root, 'run');
  mkdirSync(run);
  const [program, ...args] = [...wrapper, process.execPath, HOST, argument];
  return spawn(program, args, {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, XDG_RUNTIME_DIR: run },
  });
}

/** A driver whose executable is a script that starts the true one as a child and waits for it: a group of two. */
async function wrappedDriver(flaws: object): Promise<string> {
  const directory = join(bench.root, 'bin');
  await cp(CHAOS_DIRECTORY, directory, { recursive: true });
  const file = join(directory, 'registry-storage-chaos');
  const run = `CHAOS_FLAWS='${JSON.stringify(flaws)}' '${process.execPath}' '${join(directory, 'chaos.mjs')}' "$@"`;
  await writeFile(file, `#!/bin/sh\n${run}\nexit $?\n`);
  await chmod(file, 0o755);
  return directory;
}

interface Ready extends DriverStatus {
  readonly host: number;
}

async function whenReady(host: ReturnType<typeof startHost>): Promise<Ready> {
  const [line] = (await once(createInterface(host.stdout), 'line')) as [string];
  return JSON.parse(line) as Ready;
}

/** No process of the host or its driver, nor the directory of its socket. */
async function nothingIsLeft(): Promise<void> {
  await expect.poll(() => processesNaming(bench.root)).toEqual([]);
  await expect.poll(() => readdir(join(bench.root, 'run'))).toEqual([]);
}

async function watchdogsOf(host: number): Promise<number[]> {
  const found = await processesNaming('outrigger-watchdog');
  const parents = await Promise.all(found.map(async (pid) => [pid, await parentOf(pid)] as const));
  return parents.filter(([, parent]) => parent === host).map(([pid]) => pid);
}

async function parentOf(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${String(pid)}/stat`, 'latin1').catch(() => ') ? 0');
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
}

test.each([{}, { ignoreeof: true }, { grandchild: true }, { ignoreeof: true, grandchild: true }])(
  'F08: a host killed with -9 leaves nothing behind: %j',
  async (parameters) => {
    const host = startHost({ parameters });
    const { pid = 0 } = await whenReady(host);
    const watchdogs = await watchdogsOf(host.pid ?? 0);
    expect(watchdogs).toHaveLength(1);
    expect(await readdir(join(bench.root, 'run'))).toHaveLength(1);
    const grandchild =
      'grandchild' in parameters ? Number(await readFile(join(bench.root, 'grandchild'))) : pid;
    expect(await isRunning(grandchild)).toBe(true);
    host.kill('SIGKILL');
    await expect.poll(() => isRunning(pid)).toBe(false);
    await expect.poll(() => isRunning(grandchild)).toBe(false);
    await expect.poll(() => Promise.all(watchdogs.map(isRunning))).toEqual([false]);
    expect(await readdir(join(bench.root, 'run'))).toEqual([]);
  },
);

test('F08: a host killed while it starts its driver leaves nothing behind', async () => {
  const host = startHost({ parameters: { start: 'silent' } });
  await expect.poll(async () => (await processesNaming(bench.root)).length).toBeGreaterThan(1);
  host.kill('SIGKILL');
  await nothingIsLeft();
});

/** Of one that is the child of a script, only the watchdog knows; before it does, the end of stdin must be enough. */
test.each([
  ['its directory is made', false, {}],
  ['it is spawned', false, { ignoreeof: true }],
  ['it is spawned', true, {}],
  ['it is watched', true, { ignoreeof: true }],
  ['it is asked to initialize', false, { ignoreeof: true }],
  ['it has answered', true, { ignoreeof: true }],
  ['it is told of the planes', false, { ignoreeof: true }],
])(
  'F08: a host killed with -9 when, at the start of a driver, %s, leaves nothing behind (in a script: %s, %j)',
  async (killAt, isWrapped, parameters) => {
    const directory = isWrapped ? { directory: await wrappedDriver(parameters) } : {};
    const host = startHost({ killAt, parameters, ...directory });
    expect(await once(host, 'exit')).toEqual([null, 'SIGKILL']);
    await nothingIsLeft();
  },
);

test('F08: a host killed while a driver describes itself leaves nothing of it, nor of its children', async () => {
  const describing = join(bench.root, 'describing');
  const host = startHost({ directory: await wrappedDriver({ describing }) });
  await expect.poll(() => existsSync(describing)).toBe(true);
  host.kill('SIGKILL');
  await nothingIsLeft();
});

test('F08: a host killed with -9 over a driver that is the child of a script, and ignores the end of stdin', async () => {
  const host = startHost({ directory: await wrappedDriver({ ignoreeof: true }) });
  await whenReady(host);
  host.kill('SIGKILL');
  await nothingIsLeft();
});

test('F08: a host in a script outlives the script, and killed with -9 leaves nothing behind', async () => {
  const wrapper = ['/bin/sh', '-c', '"$@"; exit $?', 'wrapper'];
  const script = startHost({ wrapper, parameters: { ignoreeof: true, grandchild: true } });
  const { host, pid = 0 } = await whenReady(script);
  expect(host).not.toBe(script.pid);
  const grandchild = Number(await readFile(join(bench.root, 'grandchild')));
  script.kill('SIGKILL');
  await once(script, 'exit');
  // Nobody has ended the host: what it serves goes on.
  expect(await Promise.all([host, pid, grandchild].map(isRunning))).toEqual([true, true, true]);
  process.kill(host, 'SIGKILL');
  await expect.poll(() => Promise.all([host, pid, grandchild].map(isRunning))).toEqual([false, false, false]);
  await nothingIsLeft();
});

test('an orderly stop ends driver, grandchild and watchdog', async () => {
  const host = startHost({ parameters: { grandchild: true } });
  const { pid = 0 } = await whenReady(host);
  const [watchdog = 0] = await watchdogsOf(host.pid ?? 0);
  const grandchild = Number(await readFile(join(bench.root, 'grandchild')));
  host.stdin.end('stop\n');
  await once(host, 'exit');
  await expect
    .poll(() => Promise.all([pid, grandchild, watchdog].map(isRunning)))
    .toEqual([false, false, false]);
});
