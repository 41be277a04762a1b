import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { childrenOf } from '../command.js';
import { temporaryDirectory } from '../temporary-directory.js';
import { observedRegistry, readMetrics } from './observed-registry.js';

const PASSWORD = 'CANARY-password-5d1f';
const HASH = '$2b$05$AvxytkL903igIBx7mCet4eRPbtwXbbCTeJO/kTE6sRb4qFTJUuNLS';

/** Everything secret that a registry can be told starts so. */
const CANARY = /CANARY|\$2b\$05\$/;

const BUILT = (path: string) => JSON.stringify(new URL(`../../../${path}`, import.meta.url).href);

/** Keeps content in memory, and gives its secret away wherever it can. */
const DRIVER = `#!/usr/bin/env node
import { serveDriver } from ${BUILT('ipc/dist/plugin.js')};
import { StorageError } from ${BUILT('driver/dist/index.js')};
import { inmemory } from ${BUILT('plugin-memory/dist/index.js')};
await serveDriver({
  ...inmemory,
  name: 'canary',
  parameters: { type: 'object', properties: { apikey: { type: 'string', 'x-secret': true }, region: { type: 'string' } } },
  async create({ apikey }) {
    const driver = await inmemory.create({});
    const { list } = driver;
    return Object.assign(Object.create(driver), {
      name: 'canary',
      capabilities: driver.capabilities,
      async list(path, options) {
        process.stderr.write('the key is ' + apikey + '\\n');
        if (path.includes('/broken/')) throw new StorageError('UNAVAILABLE', 'login with ' + apikey + ' failed');
        return list.call(driver, path, options);
      },
    });
  },
});
`;

async function observe() {
  const drivers = await temporaryDirectory();
  await writeFile(join(drivers, 'registry-storage-canary'), DRIVER, { mode: 0o755 });
  await writeFile(join(drivers, 'package.json'), '{"type":"module"}');
  await writeFile(join(drivers, 'htpasswd'), `user:${HASH}\n`);
  return observedRegistry({
    storage: { filesystem: undefined, canary: { apikey: 'CANARY-driver-key', region: 'here' } },
    http: { secret: 'CANARY-http-secret' },
    config: {
      auth: { htpasswd: { realm: 'test', path: join(drivers, 'htpasswd') } },
      health: { storagedriver: { enabled: true } },
      outrigger: { drivers: { directories: [drivers] }, auditLog: { file: 'audit.log' } },
    },
    environment: { AWS_SECRET_ACCESS_KEY: 'CANARY-aws', CANARY: 'CANARY-environment' },
  });
}

it('no secret is seen outside: log, audit log, metrics, debug server, answers, arguments, environments', async () => {
  const { command, debug, url, directory } = await observe();
  const seen: string[] = [];
  const see = async (target: string, credentials?: string) => {
    const headers: Record<string, string> =
      credentials === undefined ? {} : { authorization: `Basic ${btoa(credentials)}` };
    const answer = await fetch(target, { headers });
    seen.push(JSON.stringify([...answer.headers]), await answer.text());
    return answer.status;
  };
  expect(await see(`${url}/v2/`)).toBe(401);
  expect(await see(`${url}/v2/`, 'user:CANARY-wrong')).toBe(401);
  expect(await see(`${url}/v2/`, `user:${PASSWORD}`)).toBe(200);
  expect(await see(`${url}/v2/broken/tags/list`, `user:${PASSWORD}`)).toBe(503);
  expect(await see(`${url}/v2/a/tags/list?_state=CANARY-token`, `user:${PASSWORD}`)).toBe(404);
  for (const path of ['health', 'health/ready', 'vars', 'pprof/profile?seconds=1'])
    await see(`${debug}/debug/${path}`);
  seen.push(await readMetrics(debug));
  const children = childrenOf(command.pid);
  expect(children.length).toBeGreaterThan(0);
  for (const pid of [...children, command.pid])
    seen.push(readFileSync(`/proc/${String(pid)}/cmdline`, 'utf8'));
  for (const pid of children) seen.push(readFileSync(`/proc/${String(pid)}/environ`, 'utf8'));
  await expect.poll(() => readFileSync(join(directory, 'audit.log'), 'utf8')).toContain('denied');
  seen.push(readFileSync(join(directory, 'audit.log'), 'utf8'));
  command.child.kill('SIGTERM');
  const { stdout, stderr } = await command.ended;
  // The test would prove nothing if these had not been said at all.
  expect(stderr).toContain('the key is ***');
  expect(stderr).toContain('login with *** failed');
  expect(seen.join('\n')).toContain('registry-storage-canary');
  for (const text of [...seen, stdout, stderr]) expect(text).not.toMatch(CANARY);
});
