import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { runCommand } from '../command.js';

let directory = '';
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'outrigger-config-command-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

async function fileOf(text: string): Promise<string> {
  const file = join(directory, 'config.yml');
  await writeFile(file, text);
  return file;
}

/** Seven levels of ten. */
const BOMB = [
  'a: &a [x]',
  ...Array.from({ length: 7 }, (_, level) =>
    bombLevel('abcdefgh'.charAt(level), 'abcdefgh'.charAt(level + 1)),
  ),
].join('\n');

function bombLevel(below: string, name: string): string {
  return `${name}: &${name} [${Array(10).fill(`*${below}`).join(', ')}]`;
}

const BASE = 'version: 0.1\nhttp: {addr: "localhost:0"}\n';

describe('outrigger config check', () => {
  it('finds the built-in configuration good', async () => {
    const { status, stdout, stderr } = await runCommand(['config', 'check']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/good, profile strict, storage driver filesystem 0\.1\.0, 0 warnings$/m);
  });

  it('prints what deserves a word, with its line', async () => {
    const file = await fileOf(`${BASE}storage: {filesystem: {rootdirectory: /data}}\ncolour: red\n`);
    const { status, stdout } = await runCommand(['config', 'check', file]);
    expect(status).toBe(0);
    expect(stdout).toContain(`warning: ${file}:4: colour: unknown key\n`);
    expect(stdout).toMatch(/1 warning$/m);
  });

  it('asks the driver for its parameters, and echoes no value', async () => {
    const file = await fileOf(
      `${BASE}storage:\n  filesystem:\n    rootdirectory: [hunter2]\n    colour: hunter2\n    commit: hunter2\n`,
    );
    const { status, stdout, stderr } = await runCommand(['config', 'check', file]);
    expect(status).toBe(78);
    for (const line of [
      `${file}:5: storage.filesystem.rootdirectory: has a wrong value`,
      `${file}:6: storage.filesystem.colour: unknown parameter`,
      `${file}:7: storage.filesystem.commit: has a wrong value`,
    ])
      expect(stderr).toContain(line);
    expect(stdout + stderr).not.toContain('hunter2');
  });

  it('goes on without a driver that is not there', async () => {
    const file = await fileOf(`${BASE}storage: {nosuch: {a: b}}\n`);
    const { status, stdout } = await runCommand(['config', 'check', file]);
    expect(status).toBe(0);
    expect(stdout).toMatch(/warning: .*:3: storage\.nosuch: the parameters are not checked/);
  });

  it.each([
    ['aliases that explode', BOMB],
    ['a tab', `${BASE}storage:\n\tinmemory: hunter2\n`],
    ['10 MB', `${BASE}storage: inmemory\nlog: {fields: {x: ${'hunter2'.repeat(1_500_000)}}}\n`],
    ['a wrong type', `${BASE}storage: inmemory\nredis: hunter2\n`],
  ])('ends with 78 for %s, and echoes nothing', async (_, text) => {
    const file = await fileOf(text);
    const { status, stdout, stderr } = await runCommand(['config', 'check', file]);
    expect(status).toBe(78);
    expect(stderr).toContain(file);
    expect(stdout + stderr).not.toContain('hunter2');
  });

  it('echoes nothing of the environment', async () => {
    const environment = { REGISTRY_HTTP_DRAINTIMEOUT: 'hunter2', REGISTRY_REDIS_PASSWORD: '{hunter2' };
    const { status, stdout, stderr } = await runCommand(['config', 'check'], { environment });
    expect(status).toBe(78);
    expect(stderr).toContain('REGISTRY_REDIS_PASSWORD');
    expect(stdout + stderr).not.toContain('hunter2');
  });
});

describe('outrigger config print', () => {
  it('prints defaults and the environment, in the form of a file that can be used', async () => {
    const file = await fileOf(`${BASE}storage: {filesystem: {rootdirectory: /data}}\nloglevel: warn\n`);
    const environment = { REGISTRY_STORAGE_DELETE_ENABLED: 'true' };
    const { status, stdout } = await runCommand(['config', 'print', file], { environment });
    expect(status).toBe(0);
    expect(parse(stdout)).toMatchObject({
      log: { level: 'warn', formatter: 'text' },
      storage: { delete: { enabled: true }, filesystem: { rootdirectory: '/data' } },
      http: { addr: 'localhost:0', draintimeout: '30s' },
      outrigger: { profile: 'compatible', workers: 1 },
    });
    expect(parse(stdout)).not.toHaveProperty('redis');
    const again = await fileOf(stdout);
    expect(await runCommand(['config', 'print', again])).toMatchObject({ status: 0, stdout });
  });

  it('masks secrets: by the schema, of the driver, from files, and in URLs', async () => {
    const secret = join(directory, 'secret');
    await writeFile(secret, 'hunter2');
    const file = await fileOf(`${BASE}storage: {nosuch: {key: hunter2, nested: {key: hunter2}}}
notifications:
  endpoints: [{url: "https://me:hunter2@example.com", headers: {Authorization: [Bearer hunter2]}}]
redis: {addrs: [localhost:1], password: hunter2, sentinelpassword: hunter2}
log: {fields: {a: hunter3}}
outrigger: {secrets: {http.secret: ${secret}, log.fields.b: ${secret}}}
`);
    const { status, stdout, stderr } = await runCommand(['config', 'print', file]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).not.toContain('hunter2');
    expect(parse(stdout)).toMatchObject({
      storage: { nosuch: { key: '***', nested: '***' } },
      http: { secret: '***' },
      redis: { addrs: ['localhost:1'], password: '***' },
      log: { fields: { a: 'hunter3', b: '***' } },
    });
  });
});

describe('outrigger config schema', () => {
  it('is JSON', async () => {
    const { status, stdout } = await runCommand(['config', 'schema']);
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ type: ['object', 'null'], required: ['version'] });
  });
});
