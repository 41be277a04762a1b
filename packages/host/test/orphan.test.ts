import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { DriverStatus } from '../src/index.js';
import { chaosBench, isRunning, processesNaming } from './open-chaos.js';

const bench = chaosBench();
const HOST = fileURLToPath(new URL('host-program.mjs', import.meta.url));

function startHost(parameters: Record<string, unknown>) {
  const argument = JSON.stringify({ root: bench.root, ...parameters });
  const run = join(bench.root, 'run');
  mkdirSync(run);
  return spawn(process.execPath, [HOST, argument], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, XDG_RUNTIME_DIR: run },
  });
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
    const host = startHost(parameters);
    const [line] = (await once(createInterface(host.stdout), 'line')) as [string];
    const { pid = 0 } = JSON.parse(line) as DriverStatus;
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
  const host = startHost({ start: 'silent' });
  await expect.poll(async () => (await processesNaming(bench.root)).length).toBeGreaterThan(1);
  host.kill('SIGKILL');
  await expect.poll(() => processesNaming(bench.root)).toEqual([]);
});

test('an orderly stop ends driver, grandchild and watchdog', async () => {
  const host = startHost({ grandchild: true });
  const [line] = (await once(createInterface(host.stdout), 'line')) as [string];
  const { pid = 0 } = JSON.parse(line) as DriverStatus;
  const [watchdog = 0] = await watchdogsOf(host.pid ?? 0);
  const grandchild = Number(await readFile(join(bench.root, 'grandchild')));
  host.stdin.end('stop\n');
  await once(host, 'exit');
  await expect
    .poll(() => Promise.all([pid, grandchild, watchdog].map(isRunning)))
    .toEqual([false, false, false]);
});
