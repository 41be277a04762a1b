import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { MAIN, RunningCommand, runCommand } from '../command.js';

const AILING = fileURLToPath(new URL('../fixtures/registry-storage-ailing', import.meta.url));
const SECRET = 'hunter2hunter2';

const Report = z.object({
  summary: z.object({ ok: z.int(), warnings: z.int(), failed: z.int(), notTried: z.int() }),
  checks: z.array(
    z.object({
      id: z.string(),
      what: z.string(),
      status: z.enum(['ok', 'warning', 'failed', 'not tried']),
      detail: z.string().optional(),
      advice: z.string().optional(),
    }),
  ),
});

let root = '';
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'outrigger-doctor-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

/** What the doctor says of the ailing driver, as its JSON; nothing secret may be in it. */
async function examine(parameters: Record<string, unknown>) {
  const given = JSON.stringify({ rootdirectory: root, secretkey: SECRET, ...parameters });
  const environment = { AILING_SECRET: 'env-hunter2', AWS_SECRET_ACCESS_KEY: 'not-for-it' };
  const ended = await runCommand(['driver', 'doctor', AILING, given, '--json'], { environment });
  expect(ended.stdout + ended.stderr).not.toMatch(/hunter2|not-for-it/);
  const { summary, checks } = Report.parse(JSON.parse(ended.stdout));
  const byId = Object.fromEntries(checks.map(({ id, ...rest }) => [id, rest]));
  return { status: ended.status, summary, checks, byId, left: await readdir(root) };
}

function failures({ checks }: Awaited<ReturnType<typeof examine>>): string[] {
  return checks.filter(({ status }) => status === 'failed').map(({ id }) => id);
}

async function storeThat(answers: RequestListener): Promise<string> {
  const server = createServer(answers);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
}

describe('outrigger driver doctor, of a driver in health', () => {
  it('tries everything in one line a check, and leaves nothing behind', async () => {
    const given = JSON.stringify({ rootdirectory: root });
    const { status, stdout } = await runCommand(['driver', 'doctor', 'filesystem', given]);
    const lines = stdout.trimEnd().split('\n');
    expect(lines.at(-1)).toMatch(/^22 ok, 0 warnings, 0 failed, 3 not tried$/);
    for (const line of [
      /^ok {9}find the executable: \/.*registry-storage-filesystem/,
      /^ok {9}ask it what it is: filesystem 0\.1\.0, protocol 1/,
      /^ok {9}compare the parameters: rootdirectory$/,
      /^ok {9}compare the store's clock with this machine's: they agree$/,
      /^ok {9}go on with it in a second process, and finish it: /,
      /^ok {9}read what was just overwritten: 5 times, by a second process$/,
      /^not tried {2}fetch content by a signed URL: the driver sends no client to its store$/,
      /^ok {9}remove \/_outrigger-doctor-[0-9a-f-]{36}$/,
    ])
      expect(lines.filter((each) => line.test(each))).toHaveLength(1);
    expect(status).toBe(0);
    expect(await readdir(root)).toEqual([]);
  });

  it('says that the content of inmemory ends with its process', async () => {
    const { status, stdout } = await runCommand(['driver', 'doctor', 'inmemory']);
    expect(stdout).toMatch(/^warning .*a second process does not see what the first has written/m);
    expect(stdout).toMatch(/, 1 warnings, 0 failed, /);
    expect(status).toBe(0);
  });

  it('takes a configuration, with the environment, and one that switches redirects off', async () => {
    const file = join(root, 'config.yml');
    await writeFile(file, 'version: 0.1\nstorage: {filesystem: {}, redirect: {disable: true}}\n');
    const environment = { REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY: join(root, 'store') };
    const { status, stdout } = await runCommand(['driver', 'doctor', 'filesystem', file], { environment });
    expect(stdout).toMatch(/, 0 failed, /);
    expect(status).toBe(0);
    expect(await readdir(join(root, 'store'))).toEqual([]);
  });

  it('does not take a configuration of another driver', async () => {
    const file = join(root, 'config.yml');
    await writeFile(file, `version: 0.1\nstorage: {filesystem: {rootdirectory: ${SECRET}}}\n`);
    const { status, stderr } = await runCommand(['driver', 'doctor', 's3', file]);
    expect(stderr).toContain('stores with filesystem, not with s3');
    expect(stderr).not.toContain(SECRET);
    expect(status).toBe(64);
  });
});

describe('outrigger driver doctor, of a driver that does not run', () => {
  it('tells where one was looked for', async () => {
    const { status, stdout } = await runCommand(['driver', 'doctor', 'nosuch']);
    expect(stdout).toMatch(/^FAILED {5}find the executable: .*searched \//);
    expect(stdout).toMatch(/^not tried {2}delete an object: "find the executable" failed$/m);
    expect(status).toBe(1);
  });

  it('names the parameter that is wrong', async () => {
    const report = await examine({ colour: SECRET });
    expect(failures(report)).toEqual(['parameters']);
    expect(report.byId.parameters?.detail).toContain('colour: unknown parameter');
    expect(report.status).toBe(1);
  });
});

describe('outrigger driver doctor, of a store that refuses', () => {
  it('names the right that is missing, and the variables that the driver got', async () => {
    const report = await examine({ ailment: 'readonly' });
    expect(failures(report)).toEqual(['write']);
    expect(report.byId.write).toMatchObject({
      detail: expect.stringContaining('AccessDenied: *** with *** may not s3:PutObject') as string,
      advice: expect.stringContaining('allow s3:PutObject on its objects') as string,
    });
    expect(report.byId.environment?.detail).toMatch(/^it asks for AILING_\*.*: AILING_SECRET$/);
    expect(report.byId.read).toMatchObject({ status: 'not tried', detail: '"write a small object" failed' });
    expect(report).toMatchObject({ status: 1, left: [] });
  });

  it('says what it could not remove', async () => {
    const report = await examine({ ailment: 'undeletable' });
    expect(failures(report)).toEqual(['delete', 'stat-after-delete', 'clean-up']);
    expect(report.byId['clean-up']?.advice).toContain('s3:DeleteObject');
    expect(report.left).toHaveLength(1);
  });

  it('compares the clocks', async () => {
    const report = await examine({ ailment: 'late' });
    expect(failures(report)).toEqual(['clock']);
    expect(report.byId.clock?.detail).toContain("the store's clock is 60 minutes behind this machine");
  });

  it('takes the word of the store for the time', async () => {
    const report = await examine({ ailment: 'skewed' });
    expect(report.byId.write?.advice).toContain('set the clock of this machine');
    expect(report.byId.clock?.detail).toContain('refused to "write a small object" because of the time');
  });

  it('finds an upload that no other process can go on with', async () => {
    const report = await examine({ ailment: 'forgetful' });
    expect(failures(report)).toEqual(['append']);
    expect(report.left).toEqual([]);
  });

  it('finds content that is not the latest', async () => {
    const report = await examine({ ailment: 'stale' });
    expect(failures(report)).toEqual(['read-after-overwrite']);
    expect(report.byId['read-after-overwrite']?.detail).toBe('the former content came back');
  });
});

describe('outrigger driver doctor, of redirects', () => {
  const CONTENT = 'What a client fetches from the store by itself.\n';
  const isSigned = (url = '') => url.includes(`sig=${SECRET}`);

  it('follows them, and warns where there is no TLS', async () => {
    const base = await storeThat(({ url, method }, response) => {
      if (!isSigned(url)) return response.writeHead(403).end();
      response.setHeader('content-length', CONTENT.length);
      return response.end(method === 'HEAD' ? undefined : CONTENT);
    });
    const { byId, status } = await examine({ ailment: 'redirecting', base });
    expect(byId['redirect-get']?.status).toBe('warning');
    expect(byId['redirect-head']?.status).toBe('ok');
    expect(byId['redirect-tampered']).toMatchObject({ status: 'ok' });
    expect(status).toBe(0);
  });

  it('warns of a store that checks no signature, and finds wrong bytes and sizes', async () => {
    const base = await storeThat(({ method }, response) => {
      response.setHeader('content-length', 5);
      response.end(method === 'HEAD' ? undefined : 'wrong');
    });
    const wrong = await examine({ ailment: 'redirecting', base });
    expect(failures(wrong)).toEqual(['redirect-get', 'redirect-head']);
    const open = await storeThat((_request, response) => void response.end(CONTENT));
    const { byId } = await examine({ ailment: 'redirecting', base: open });
    expect(byId['redirect-tampered']).toMatchObject({
      status: 'warning',
      detail: expect.stringContaining('does not check signatures') as string,
    });
  });

  it('says that nobody is there, without the query', async () => {
    const { byId } = await examine({ ailment: 'redirecting', base: 'http://127.0.0.1:1' });
    expect(byId['redirect-get']).toMatchObject({
      status: 'failed',
      detail: expect.stringMatching(/^127\.0\.0\.1:1 cannot be reached from this machine: /) as string,
    });
  });
});

describe('Ctrl-C', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)('%s: tidies up, and says so', async (signal) => {
    const given = JSON.stringify({ rootdirectory: root, ailment: 'stuck' });
    const command = new RunningCommand(['driver', 'doctor', AILING, given]);
    await command.printed('stdout', /compare the store's clock/);
    expect(await readdir(root)).toHaveLength(1);
    command.child.kill(signal);
    const { status, stdout } = await command.ended;
    expect(stdout).toMatch(/^not tried {2}write more than one part, and close it unfinished: interrupted$/m);
    expect(stdout).toMatch(/^ok {9}remove \/_outrigger-doctor-/m);
    expect(status).toBe(signal === 'SIGINT' ? 130 : 143);
    expect(await readdir(root)).toEqual([]);
  });
});

it('takes parameters from standard input, so that no command line has them', () => {
  const input = JSON.stringify({ rootdirectory: root, secretkey: SECRET });
  const args = [MAIN, 'driver', 'doctor', AILING, '-'];
  const { status, stdout } = spawnSync(process.execPath, args, { input, encoding: 'utf8' });
  expect(stdout).toMatch(/^ok {9}compare the parameters: rootdirectory, secretkey$/m);
  expect(stdout).toMatch(/, 0 failed, /);
  expect(status).toBe(0);
});
