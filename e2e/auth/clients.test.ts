import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'vitest';
import { describe, expect, test } from 'vitest';
import type { Account } from '../harness/client.js';
import { testAccount } from '../harness/client.js';
import { createImages, writeLayout } from '../harness/images.js';
import type { RunningRegistry } from '../harness/start-registry.js';
import { testRegistry } from '../harness/start-registry.js';
import { temporaryDirectory } from '../harness/temporary-directory.js';
import { useTool } from '../harness/tool.js';
import { until } from '../harness/until.js';
import { startTokenServer } from './token-server.js';

const images = createImages();

/** `docker`, the user of a file that was not there, with the password that was printed. */
async function provisioned(registry: RunningRegistry): Promise<string> {
  const password = () => /password ([\w-]{43})/.exec(registry.logs())?.[1];
  return until('the password of the new user', () => password());
}

async function crane(context: TestContext): Promise<Account['run']> {
  const tool = useTool(context, 'crane');
  const { run, home } = await testAccount();
  await writeLayout(join(home, 'layout'), images);
  return (...args) => run(tool, ...args, '--insecure');
}

async function skopeo(context: TestContext): Promise<Account['run']> {
  const tool = useTool(context, 'skopeo');
  const { run, home } = await testAccount();
  await writeLayout(join(home, 'layout'), images);
  return (...args) => run(tool, ...args);
}

const RULES = [
  { repositories: ['**'], users: ['docker'], actions: ['read', 'create', 'update', 'delete'] },
  { repositories: ['public/**'], users: ['anonymous'], actions: ['read'] },
];

describe('htpasswd', () => {
  async function start(profile: 'strict' | 'compatible' = 'compatible') {
    const path = join(await temporaryDirectory(), 'htpasswd');
    const registry = await testRegistry({
      sections: {
        auth: { htpasswd: { realm: 'test', path } },
        outrigger: { profile, access: { rules: RULES } },
      },
    });
    return { registry, password: await provisioned(registry) };
  }

  test('crane logs in, pushes and pulls; without a login it pulls what is public', async (context) => {
    const { registry, password } = await start();
    const { host } = registry;
    const run = await crane(context);
    await run('auth', 'login', host, '-u', 'docker', '-p', 'wrong');
    await expect(run('push', '--index', 'layout', `${host}/a/b:1`)).rejects.toThrow(/401|UNAUTHORIZED/);
    await run('auth', 'login', host, '-u', 'docker', '-p', password);
    for (const name of ['public/a', 'private/a']) await run('push', '--index', 'layout', `${host}/${name}:1`);
    expect(
      JSON.parse(await run('catalog', host).then((text) => JSON.stringify(text.trim().split('\n')))),
    ).toEqual(['private/a', 'public/a']);
    const stranger = await crane(context);
    await stranger('pull', `${host}/public/a:1`, 'image.tar');
    await expect(stranger('pull', `${host}/private/a:1`, 'image.tar')).rejects.toThrow(/401|UNAUTHORIZED/);
    await expect(stranger('push', '--index', 'layout', `${host}/public/a:2`)).rejects.toThrow(
      /401|UNAUTHORIZED/,
    );
    expect(registry.logs()).not.toContain('Basic ');
  });

  test('skopeo logs in, copies and deletes; without a login it copies what is public', async (context) => {
    const { registry, password } = await start();
    const { host } = registry;
    const run = await skopeo(context);
    await expect(run('login', '--tls-verify=false', '-u', 'docker', '-p', 'wrong', host)).rejects.toThrow(
      /invalid username|unauthorized/i,
    );
    await run('login', '--tls-verify=false', '-u', 'docker', '-p', password, host);
    for (const name of ['public/a', 'private/a'])
      await run('copy', 'oci:layout:amd64', `docker://${host}/${name}:1`, '--dest-tls-verify=false');
    const stranger = await skopeo(context);
    await stranger('copy', `docker://${host}/public/a:1`, 'oci:back:1', '--src-tls-verify=false');
    const stolen = stranger('copy', `docker://${host}/private/a:1`, 'oci:back:2', '--src-tls-verify=false');
    await expect(stolen).rejects.toThrow(/unauthorized|authentication required/);
    await run('delete', '--tls-verify=false', `docker://${host}/private/a:1`);
  });
});

describe('token', () => {
  async function start() {
    const server = await startTokenServer({ alice: 'secret' }, (user, { name, actions }) =>
      user === 'alice' ? actions : name.startsWith('public/') ? ['pull'] : [],
    );
    const jwks = join(await temporaryDirectory(), 'jwks.json');
    await writeFile(jwks, server.jwks);
    const { realm, service, issuer } = server;
    const registry = await testRegistry({ sections: { auth: { token: { realm, service, issuer, jwks } } } });
    return { registry, server };
  }

  test('crane logs in, pushes, mounts and pulls; without a login it pulls what is public', async (context) => {
    const { registry, server } = await start();
    const { host } = registry;
    const run = await crane(context);
    await run('auth', 'login', host, '-u', 'alice', '-p', 'secret');
    await run('push', '--index', 'layout', `${host}/private/a:1`);
    await run('copy', `${host}/private/a:1`, `${host}/public/a:1`);
    expect((await run('catalog', host)).trim().split('\n')).toEqual(['private/a', 'public/a']);
    expect(server.asked).toContain('registry:catalog:*');
    const stranger = await crane(context);
    await stranger('pull', `${host}/public/a:1`, 'image.tar');
    await expect(stranger('pull', `${host}/private/a:1`, 'image.tar')).rejects.toThrow(/401|UNAUTHORIZED/);
    await expect(stranger('push', '--index', 'layout', `${host}/public/a:2`)).rejects.toThrow(
      /401|UNAUTHORIZED/,
    );
  });

  test('skopeo copies with credentials, and deletes', async (context) => {
    const { registry, server } = await start();
    const { host } = registry;
    const run = await skopeo(context);
    const alice = 'alice:secret';
    const to = ['--dest-tls-verify=false', '--dest-creds', alice];
    await run('copy', 'oci:layout:amd64', `docker://${host}/private/a:1`, ...to);
    await run(
      'copy',
      `docker://${host}/private/a:1`,
      'oci:back:1',
      '--src-tls-verify=false',
      '--src-creds',
      alice,
    );
    await run('delete', '--tls-verify=false', '--creds', alice, `docker://${host}/private/a:1`);
    expect(server.asked.some((scope) => scope.startsWith('repository:private/a:'))).toBe(true);
    const stolen = run('inspect', '--raw', '--tls-verify=false', `docker://${host}/private/a:1`);
    await expect(stolen).rejects.toThrow(/unauthorized|authentication required|denied/);
  });
});

test('a strict registry does not make an htpasswd file', async () => {
  const path = join(await temporaryDirectory(), 'htpasswd');
  const starting = testRegistry({
    sections: { auth: { htpasswd: { realm: 'test', path } }, outrigger: { profile: 'strict' } },
  });
  await expect(starting).rejects.toThrow(/auth\.htpasswd\.path.*ENOENT/);
});
