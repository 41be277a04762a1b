import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { listen } from '../../src/serve/listen.js';
import { notifyServiceManager } from '../../src/serve/service-manager.js';
import { inheritedSocket } from '../../src/serve/socket-activation.js';
import { RunningCommand } from '../command.js';
import { SILENT } from './running-server.js';

/** Short: the path of a socket has at most 107 bytes. */
async function shortDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'o-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

describe('a Unix socket', () => {
  async function listenAt(path: string): Promise<void> {
    const server = createServer();
    await listen(server, { path });
    onTestFinished(() => void server.close());
  }

  it('that nobody listens on any more is replaced', async () => {
    const path = join(await shortDirectory(), 's');
    // A process that is killed leaves its socket behind.
    const script = `require('net').createServer().listen(${JSON.stringify(path)},()=>process.kill(process.pid,'SIGKILL'))`;
    await once(spawn(process.execPath, ['-e', script]), 'close');
    expect((await stat(path)).isSocket()).toBe(true);
    await listenAt(path);
  });

  it('that somebody listens on stays', async () => {
    const path = join(await shortDirectory(), 's');
    await listenAt(path);
    await expect(listenAt(path)).rejects.toThrow(/is already in use/);
    expect((await stat(path)).isSocket()).toBe(true);
  });

  it('takes the place of no other file', async () => {
    const path = join(await shortDirectory(), 's');
    await writeFile(path, 'precious');
    await expect(listenAt(path)).rejects.toThrow(/exists and is not a socket/);
  });
});

describe('a socket of systemd', () => {
  it.each([
    [{}, undefined],
    [{ LISTEN_PID: '7', LISTEN_FDS: '1' }, { fd: 3 }],
    [{ LISTEN_PID: '8', LISTEN_FDS: '1' }, undefined],
    [{ LISTEN_PID: '7', LISTEN_FDS: '0' }, undefined],
  ])('%j', (environment, expected) => {
    expect(inheritedSocket(environment, 7)).toEqual(expected);
  });

  it('more than one is an error', () => {
    expect(() => inheritedSocket({ LISTEN_PID: '7', LISTEN_FDS: '2' }, 7)).toThrow(/only 1 is expected/);
  });
});

describe('systemd is told', () => {
  async function fakeNotify(): Promise<{ directory: string; said: string }> {
    const directory = await shortDirectory();
    const said = join(directory, 'said');
    const script = join(directory, 'systemd-notify');
    await writeFile(script, `#!/bin/sh\necho "$NOTIFY_SOCKET" "$@" >> ${said}\n`);
    await chmod(script, 0o755);
    return { directory, said };
  }

  it('where it has asked for it', async () => {
    const { directory, said } = await fakeNotify();
    const PATH = `${directory}:/bin:/usr/bin`;
    await notifyServiceManager('READY=1', { NOTIFY_SOCKET: '/run/n', PATH }, SILENT);
    await notifyServiceManager('STOPPING=1', { PATH }, SILENT);
    expect(await readFile(said, 'utf8')).toBe(`/run/n --pid=${String(process.pid)} READY=1\n`);
  });

  it('and a failure is no more than a warning', async () => {
    const warnings: string[] = [];
    const log = { ...SILENT, warn: (_: unknown, text: string) => void warnings.push(text) };
    await notifyServiceManager('READY=1', { NOTIFY_SOCKET: '/run/n', PATH: '/nowhere' }, log);
    expect(warnings).toEqual(['systemd could not be told']);
  });
});

it('the command runs on a Unix socket, and removes it in the end', async () => {
  const directory = await shortDirectory();
  const path = join(directory, 's');
  const command = new RunningCommand(['serve'], {
    cwd: directory,
    environment: { REGISTRY_HTTP_NET: 'unix', REGISTRY_HTTP_ADDR: path },
  });
  await command.printed('stdout', /listens on \S+\/s$/m);
  expect((await stat(path)).isSocket()).toBe(true);
  command.child.kill('SIGTERM');
  expect(await command.ended).toMatchObject({ status: 0 });
  await expect(stat(path)).rejects.toThrow(/ENOENT/);
});
