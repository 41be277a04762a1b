import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:http';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { RunningCommand, childrenOf, isRunning, runCommand } from '../command.js';
import { temporaryDirectory } from '../temporary-directory.js';

interface Served {
  readonly command: RunningCommand;
  readonly url: string;
  readonly directory: string;
}

async function serve(environment: Record<string, string> = {}, config?: string): Promise<Served> {
  const directory = await temporaryDirectory();
  if (config !== undefined) await writeFile(join(directory, 'config.yml'), config);
  const args = config === undefined ? ['serve'] : ['serve', 'config.yml'];
  const command = new RunningCommand(args, {
    cwd: directory,
    environment: { REGISTRY_HTTP_ADDR: '127.0.0.1:0', ...environment },
  });
  onTestFinished(async () => {
    command.child.kill('SIGKILL');
    await command.ended;
  });
  const [, url = ''] = await command.printed('stdout', /listens on (http:\S+)[^]*^push/m);
  return { command, url, directory };
}

async function stop({ command }: Served, signal: NodeJS.Signals = 'SIGTERM') {
  command.child.kill(signal);
  return command.ended;
}

describe('serve', () => {
  it('serves on this machine from ./data through the filesystem driver in its own process', async () => {
    const served = await serve();
    const answer = await fetch(`${served.url}/v2/`);
    expect(answer.status).toBe(200);
    const { stdout } = served.command;
    expect(stdout).toMatch(/^outrigger {2}\d+\.\d+\.\d+, pid \d+, listens on http:\/\/127\.0\.0\.1:\d+$/m);
    expect(stdout).toMatch(
      /^storage {4}filesystem \d+\.\d+\.\d+, pid \d+, \/.*registry-storage-filesystem \(/m,
    );
    expect(stdout).toContain(join(served.directory, 'data'));
    expect(stdout).toMatch(/^push {7}docker push 127\.0\.0\.1:\d+\//m);
    expect((await stop(served)).status).toBe(0);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'ends by %s, with every process that it started',
    async (signal) => {
      const served = await serve();
      const driver = Number(/filesystem \S+, pid (\d+)/.exec(served.command.stdout)?.[1]);
      const children = childrenOf(served.command.pid);
      expect(children).toContain(driver);
      expect(await stop(served, signal)).toMatchObject({ status: 0, signal: null });
      expect(isRunning(driver)).toBe(false);
      await expect.poll(() => children.filter(isRunning)).toEqual([]);
    },
  );

  it('outlives a SIGHUP, which is to load files again where there are some', async () => {
    const served = await serve();
    served.command.child.kill('SIGHUP');
    expect((await fetch(`${served.url}/v2/`)).status).toBe(200);
    expect(await stop(served)).toMatchObject({ status: 0, signal: null });
  });

  it('lets a request in flight end, and takes no new one', async () => {
    const served = await serve();
    const opened = await fetch(`${served.url}/v2/a/b/blobs/uploads/`, { method: 'POST' });
    const location = new URL(opened.headers.get('location') ?? '', served.url);
    const agent = new Agent({ keepAlive: true });
    const upload = request(location, { method: 'PATCH', agent, headers: { 'Content-Length': 6 } });
    upload.write('abc');
    await once(upload, 'socket');
    await expectReceived(served, upload);
    served.command.child.kill('SIGTERM');
    await served.command.printed('stderr', /stopping/);
    await refusesConnections(served.url);
    upload.end('def');
    const [answer] = (await once(upload, 'response')) as [IncomingMessage];
    expect(answer.statusCode).toBe(202);
    answer.resume();
    expect(await served.command.ended).toMatchObject({ status: 0 });
    agent.destroy();
  });

  it('cuts off what does not end in time', async () => {
    const served = await serve({ REGISTRY_HTTP_DRAINTIMEOUT: '1ms' });
    const opened = await fetch(`${served.url}/v2/a/b/blobs/uploads/`, { method: 'POST' });
    const upload = request(new URL(opened.headers.get('location') ?? '', served.url), {
      method: 'PATCH',
      headers: { 'Content-Length': 6 },
    });
    const failed = once(upload, 'error');
    upload.write('abc');
    await expectReceived(served, upload);
    expect(await stop(served)).toMatchObject({ status: 0 });
    await failed;
  });

  it('keeps uploads across a restart without a configured secret', async () => {
    const first = await serve();
    const opened = await fetch(`${first.url}/v2/a/b/blobs/uploads/`, { method: 'POST' });
    const { pathname, search } = new URL(opened.headers.get('location') ?? '', first.url);
    await stop(first);
    const again = new RunningCommand(['serve'], {
      cwd: first.directory,
      environment: { REGISTRY_HTTP_ADDR: '127.0.0.1:0' },
    });
    const [, url = ''] = await again.printed('stdout', /listens on (http:\S+)/);
    expect((await fetch(url + pathname + search)).status).toBe(204);
    again.child.kill('SIGTERM');
    expect(await again.ended).toMatchObject({ status: 0 });
  });

  it('takes a file, the environment over it, and adds the headers to every answer', async () => {
    const config =
      'version: 0.1\nstorage: inmemory\nhttp: {addr: "127.0.0.1:1", headers: {X-Frame-Options: [DENY]}}\n';
    const served = await serve({}, config);
    expect(served.command.stdout).toMatch(/^storage {4}inmemory, in this process$/m);
    for (const path of ['/v2/', '/v2/a/manifests/none']) {
      const answer = await fetch(served.url + path);
      expect(answer.headers.get('x-frame-options')).toBe('DENY');
    }
    expect((await stop(served)).stderr).toContain('what is pushed is lost');
  });

  it('loads a driver into its own process when told to', async () => {
    const served = await serve({ REGISTRY_OUTRIGGER_DRIVERS_FILESYSTEM_INPROCESS: 'true' });
    expect(served.command.stdout).toMatch(/^storage {4}filesystem, in this process$/m);
    expect(childrenOf(served.command.pid)).toEqual([]);
    expect((await fetch(`${served.url}/v2/`)).status).toBe(200);
    expect((await stop(served)).status).toBe(0);
  });

  it('writes a log of JSON lines without secrets, and nothing else', async () => {
    const directory = await temporaryDirectory();
    const command = new RunningCommand(['serve', '--trace'], {
      cwd: directory,
      environment: {
        REGISTRY_HTTP_ADDR: '127.0.0.1:0',
        REGISTRY_HTTP_SECRET: 'hunter2-hunter2',
        REGISTRY_LOG_FORMATTER: 'json',
      },
    });
    const [, address = ''] = await command.printed('stderr', /"address":"([^"]+)".*"msg":"listening"/);
    const opened = await fetch(`http://${address}/v2/a/blobs/uploads/`, { method: 'POST' });
    const location = opened.headers.get('location') ?? '';
    await fetch(new URL(location, `http://${address}`));
    command.child.kill('SIGTERM');
    const { stdout, stderr, status } = await command.ended;
    expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
    const records = stderr
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(records.map(({ msg }) => msg)).toEqual(
      expect.arrayContaining(['listening', 'protocol', 'request', 'stopped']),
    );
    expect(stderr).not.toContain('hunter2');
    expect(stderr).not.toContain(new URL(location, 'http://x').searchParams.get('_state'));
  });
});

describe('what cannot be served', () => {
  it('says in one line that a port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const ended = await start({ REGISTRY_HTTP_ADDR: `127.0.0.1:${String(port)}` });
    other.close();
    expect(ended).toMatchObject({ status: 69, stdout: '' });
    expect(ended.stderr).toMatch(/^outrigger: 127\.0\.0\.1:\d+ is already in use: .*\n$/);
  });

  it('names a file for Redis that is not there', async () => {
    const directory = await temporaryDirectory();
    const redis = { addrs: ['127.0.0.1:1'], tls: { rootcas: [join(directory, 'ca.pem')] } };
    const config = { version: '0.1', storage: 'inmemory', http: { addr: '127.0.0.1:0' }, redis };
    await writeFile(join(directory, 'config.yml'), JSON.stringify(config));
    const { status, stderr } = await runCommand(['serve', 'config.yml'], { cwd: directory });
    expect(status).toBe(78);
    expect(stderr).toMatch(/redis\.tls\.rootcas: \/\S+\/ca\.pem cannot be read: ENOENT$/m);
  });

  it('names an unknown driver and the places searched', async () => {
    const drivers = await temporaryDirectory();
    const ended = await start({
      REGISTRY_STORAGE: 'nosuch',
      REGISTRY_OUTRIGGER_DRIVERS_DIRECTORIES: drivers,
    });
    expect(ended.status).toBe(69);
    expect(ended.stderr).toMatch(
      /^outrigger: InvalidStorageDriverError: StorageDriver not registered: nosuch \(/m,
    );
    expect(ended.stderr).toContain(`searched ${drivers}, `);
  });

  it.each([
    [
      'a parameter that the driver does not know',
      { REGISTRY_STORAGE_FILESYSTEM_SECRETKEY: 'hunter2' },
      /filesystem: secretkey: unknown/,
    ],
    [
      'a parameter of the wrong form',
      { REGISTRY_STORAGE_FILESYSTEM_MAXTHREADS: 'hunter2' },
      /filesystem: maxthreads: /,
    ],
    [
      'a key of the wrong form',
      { REGISTRY_HTTP_ADDR: 'hunter2' },
      /the configuration is wrong\n {2}REGISTRY_HTTP_ADDR: http\.addr: /,
    ],
  ])('refuses %s, without its value', async (_, environment, message) => {
    const ended = await start(environment);
    expect(ended.status).toBe(78);
    expect(ended.stderr).toMatch(message);
    expect(ended.stderr).not.toContain('hunter2');
  });

  it('tells of a driver that ends at once', async () => {
    const drivers = await temporaryDirectory();
    await writeFile(join(drivers, 'registry-storage-dead'), '#!/bin/sh\necho no heart >&2\nexit 3\n', {
      mode: 0o755,
    });
    const ended = await start({ REGISTRY_STORAGE: 'dead', REGISTRY_OUTRIGGER_DRIVERS_DIRECTORIES: drivers });
    expect(ended.status).toBe(69);
    expect(ended.stderr).toMatch(/storage driver dead did not start .*no heart/);
  });

  it('refuses an executable with another digest than the pinned one', async () => {
    const ended = await start({ REGISTRY_OUTRIGGER_DRIVERS_FILESYSTEM_SHA256: '0'.repeat(64) });
    expect(ended.status).toBe(69);
    expect(ended.stderr).toMatch(/is refused: its sha256 is [0-9a-f]{64}, pinned is 0{64}/);
  });

  it('reports a package that is not there', async () => {
    const ended = await start({
      REGISTRY_STORAGE: 'nosuch',
      REGISTRY_OUTRIGGER_DRIVERS_NOSUCH_INPROCESS: 'true',
    });
    expect(ended.status).toBe(69);
    expect(ended.stderr).toContain('@outrigger/plugin-nosuch or registry-storage-nosuch is not installed');
  });

  async function start(environment: Record<string, string>) {
    const cwd = await temporaryDirectory();
    return runCommand(['serve'], { cwd, environment: { REGISTRY_HTTP_ADDR: '127.0.0.1:0', ...environment } });
  }
});

/** The request has reached the registry: its file is in the store. */
async function expectReceived({ directory }: Served, upload: ReturnType<typeof request>): Promise<void> {
  const uuid = /uploads\/([0-9a-f-]+)/.exec(upload.path)?.[1] ?? '';
  const file = join(directory, 'data/docker/registry/v2/repositories/a/b/_uploads', uuid, 'data');
  await expect.poll(() => existsSync(file)).toBe(true);
}

/** Resolves when nobody accepts connections any more; one that was accepted before may still be answered. */
async function refusesConnections(url: string): Promise<void> {
  const { hostname, port } = new URL(url);
  for (;;) {
    const socket = connect(Number(port), hostname);
    try {
      await once(socket, 'connect');
    } catch {
      return;
    } finally {
      socket.destroy();
    }
  }
}
