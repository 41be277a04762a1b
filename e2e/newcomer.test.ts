import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { execa } from 'execa';
import { expect, onTestFinished, test } from 'vitest';
import { request } from './harness/http.js';
import { ROOT } from './harness/paths.js';
import { driversOf, groupsGone, listProcesses } from './harness/processes.js';
import { freePort } from './harness/start-registry.js';
import { temporaryDirectory } from './harness/temporary-directory.js';
import { until } from './harness/until.js';

test.each(['SIGTERM', 'SIGINT'] as const)(
  'npm start serves with what the environment says, ps shows the driver, and %s ends all of it',
  async (signal) => {
    const store = await temporaryDirectory();
    const address = `127.0.0.1:${await freePort()}`;
    const child = execa('npm', ['start'], {
      cwd: ROOT,
      env: { REGISTRY_HTTP_ADDR: address, REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY: store },
      reject: false,
      all: true,
      stdin: 'ignore',
      detached: true,
    });
    onTestFinished(() => killGroup(child.pid));
    await until(
      'an answer to GET /v2/',
      () =>
        request(`http://${address}/v2/`).then(
          ({ status }) => status === 200,
          () => false,
        ),
      // It builds what is not built.
      200_000,
    );
    const registry = listProcesses().find(
      ({ group, command: [name] }) => group === child.pid && name === 'outrigger',
    );
    const drivers = driversOf(registry?.pid ?? 0);
    expect(drivers.map(({ command: [name] }) => name)).toEqual(['registry-storage-filesystem']);
    expect((await request(`http://${address}/v2/_catalog`)).body.toString()).toBe('{"repositories":[]}');
    // As a terminal does for Ctrl-C, and as a supervisor does for its child.
    if (signal === 'SIGINT') process.kill(-(child.pid ?? 0), signal);
    else child.kill(signal);
    const { exitCode, all } = await child;
    expect(exitCode).toBe(0);
    expect(all).toContain(`http://${address}`);
    expect(all).toContain('filesystem');
    await groupsGone([child.pid ?? 0, ...drivers.map(({ pid }) => pid)]);
  },
);

test('a port that is taken: one clear line', async () => {
  const store = await temporaryDirectory();
  const other = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void other.close());
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  const { exitCode, stderr } = await execa('npm', ['start', '--silent'], {
    cwd: ROOT,
    env: { REGISTRY_HTTP_ADDR: `127.0.0.1:${port}`, REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY: store },
    reject: false,
  });
  expect(exitCode).not.toBe(0);
  expect(stderr.trim().split('\n').at(-1)).toContain(`127.0.0.1:${port} is already in use`);
});

/** npm, the registry, and whatever else is left of them; the drivers end with the registry. */
function killGroup(leader: number | undefined): void {
  try {
    if (leader !== undefined) process.kill(-leader, 'SIGKILL');
  } catch {
    // nothing is left
  }
}
