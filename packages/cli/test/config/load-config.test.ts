import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ConfigIssue } from '../../src/config/config-error.js';
import { ConfigError } from '../../src/config/config-error.js';
import { loadConfig } from '../../src/config/load-config.js';
import { parseConfig } from '../../src/config/parse-config.js';

const FILE = 'config.yml';

function parse(text: string, environment: Record<string, string> = {}) {
  return parseConfig(text, FILE, environment);
}

function issuesOf(text: string, environment: Record<string, string> = {}): readonly ConfigIssue[] {
  try {
    parse(text, environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.issues;
    throw error;
  }
  return [];
}

const lines = (...text: string[]) => `${text.join('\n')}\n`;

/** As the image registry:2 has it. */
const STOCK = lines(
  'version: 0.1',
  'log:',
  '  fields:',
  '    service: registry',
  'storage:',
  '  cache:',
  '    blobdescriptor: inmemory',
  '  filesystem:',
  '    rootdirectory: /var/lib/registry',
  'http:',
  '  addr: :5000',
  '  headers:',
  '    X-Content-Type-Options: [nosniff]',
  'health:',
  '  storagedriver:',
  '    enabled: true',
  '    interval: 10s',
  '    threshold: 3',
);

describe('what a file says', () => {
  it("takes Distribution's stock file, and names what has no effect", () => {
    const { config, warnings } = parse(STOCK);
    expect(config).toMatchObject({
      profile: 'compatible',
      log: { level: 'info', formatter: 'text', fields: { service: 'registry' }, accessLog: true },
      storage: {
        driver: 'filesystem',
        parameters: { rootdirectory: '/var/lib/registry' },
        deleteEnabled: false,
        redirect: true,
        readOnly: false,
      },
      http: {
        address: { host: undefined, port: 5000 },
        headers: { 'X-Content-Type-Options': ['nosniff'] },
        drainTimeoutMs: 30_000,
      },
      catalogMaxEntries: 1000,
      tagsMax: 1000,
    });
    expect(warnings.map(({ where, key }) => `${where} ${key}`)).toEqual(['config.yml:11 http.addr']);
  });

  it('takes every key that is in use', () => {
    const { config, warnings } = parse(
      lines(
        'version: 0.1',
        'log: {level: warning, formatter: json, accesslog: {disabled: true}}',
        'storage:',
        '  s3: {bucket: b, secure: true, chunksize: 10485760}',
        '  delete: {enabled: true}',
        '  redirect: {disable: yes}',
        '  maintenance: {readonly: {enabled: true}}',
        'http:',
        '  addr: "[::1]:5001"',
        '  net: tcp',
        '  host: https://registry.example.com',
        '  prefix: /registry/',
        '  secret: 0123',
        '  relativeurls: true',
        '  draintimeout: 1m30s',
        'catalog: {maxentries: 5}',
        'tags: {maxtags: 7}',
        'outrigger:',
        '  profile: strict',
        '  drivers:',
        '    directories: [/opt/drivers]',
        '    s3: {inProcess: true, dataPlanes: [socket]}',
        `    gcs: {sha256: ${'a'.repeat(64)}}`,
      ),
    );
    expect(warnings.map(({ key }) => key)).toEqual(['http.secret']);
    expect(config).toMatchObject({
      profile: 'strict',
      log: { level: 'warn', formatter: 'json', fields: {}, accessLog: false },
      storage: {
        driver: 's3',
        parameters: { bucket: 'b', secure: true, chunksize: 10_485_760 },
        deleteEnabled: true,
        redirect: false,
        readOnly: true,
      },
      http: {
        address: { host: '::1', port: 5001 },
        host: 'https://registry.example.com',
        prefix: '/registry/',
        secret: '0123',
        relativeUrls: true,
        drainTimeoutMs: 90_000,
        headers: {},
      },
      catalogMaxEntries: 5,
      tagsMax: 7,
      driverDirectories: ['/opt/drivers'],
      drivers: { s3: { inProcess: true, dataPlanes: ['socket'] }, gcs: { sha256: 'a'.repeat(64) } },
    });
  });

  it.each([
    ['a name', 'storage: inmemory', 'inmemory', {}],
    ['a map without parameters', 'storage: {inmemory: {}}', 'inmemory', {}],
    ['a key without a value', 'storage:\n  filesystem:', 'filesystem', {}],
    ['merge keys', 'storage:\n  filesystem: {<<: {a: 1, b: 2}, b: 3}', 'filesystem', { a: 1, b: 3 }],
  ])('takes a storage driver as %s', (_, storage, driver, parameters) => {
    expect(parse(`version: 0.1\n${storage}\n`).config.storage).toMatchObject({ driver, parameters });
  });
});

describe('what is wrong, with line and key', () => {
  it.each<[string, string, Partial<ConfigIssue>]>([
    ['nothing', '', { where: 'config.yml', message: 'must be a map' }],
    ['no version', 'storage: inmemory', { key: 'version', message: 'is missing' }],
    [
      'another version',
      'version: 0.2\nstorage: inmemory',
      { key: 'version', where: 'config.yml:1', message: 'must be 0.1' },
    ],
    ['no storage', 'version: 0.1', { key: 'storage', message: 'names no storage driver' }],
    [
      'two drivers',
      'version: 0.1\nstorage:\n  s3: {}\n  gcs: {}',
      {
        key: 'storage',
        where: 'config.yml:2',
        message: expect.stringContaining('provided: s3, gcs') as string,
      },
    ],
    [
      'a wrong flag',
      'version: 0.1\nstorage: inmemory\nhttp:\n  relativeurls: 7',
      { key: 'http.relativeurls', where: 'config.yml:4' },
    ],
    [
      'a wrong level',
      'version: 0.1\nlog:\n  level: loud\nstorage: inmemory',
      { key: 'log.level', where: 'config.yml:3' },
    ],
    [
      'a wrong address',
      'version: 0.1\nstorage: inmemory\nhttp: {addr: nonsense}',
      { key: 'http.addr', where: 'config.yml:3' },
    ],
    [
      'a wrong duration',
      'version: 0.1\nstorage: inmemory\nhttp: {draintimeout: soon}',
      { key: 'http.draintimeout' },
    ],
    [
      'a text for a section',
      'version: 0.1\nstorage: inmemory\nhttp: 5000',
      { key: 'http', message: 'must be a map' },
    ],
    [
      'parameters that are no map',
      'version: 0.1\nstorage:\n  s3: 7',
      { key: 'storage.s3', where: 'config.yml:3' },
    ],
    [
      'a relative directory',
      'version: 0.1\nstorage: inmemory\noutrigger: {drivers: {directories: [drivers]}}',
      { key: 'outrigger.drivers.directories' },
    ],
    [
      'a wrong plane',
      'version: 0.1\nstorage: inmemory\noutrigger: {drivers: {s3: {dataPlanes: [pipe]}}}',
      { key: 'outrigger.drivers.s3.dataPlanes.0' },
    ],
    [
      'a tab',
      'version: 0.1\nhttp:\n\taddr: x',
      { where: 'config.yml:3', message: 'not valid YAML: a tab is used as indentation' },
    ],
    [
      'a key twice',
      'version: 0.1\nversion: 0.1',
      { where: 'config.yml:2', message: 'not valid YAML: the key is there twice' },
    ],
    [
      'a key for the prototype',
      'version: 0.1\n__proto__: {x: 1}',
      { where: 'config.yml:2', message: 'this key is not allowed' },
    ],
    [
      'authentication without a realm',
      'version: 0.1\nstorage: inmemory\nauth:\n  htpasswd: {path: x}',
      { key: 'auth.htpasswd.realm', where: 'config.yml:4', message: 'is missing' },
    ],
    [
      'a certificate and others of Let’s Encrypt',
      'version: 0.1\nstorage: inmemory\nhttp:\n  tls: {certificate: /c, key: /k, letsencrypt: {cachefile: /c}}',
      { key: 'http.tls.letsencrypt', where: 'config.yml:4' },
    ],
    [
      'a key without a certificate',
      'version: 0.1\nstorage: inmemory\nhttp:\n  tls: {key: k}',
      { key: 'http.tls.certificate', where: 'config.yml:4' },
    ],
  ])('%s', (_, text, issue) => {
    expect(issuesOf(text)).toContainEqual(expect.objectContaining(issue));
  });

  it('says everything at once', () => {
    const issues = issuesOf('storage: inmemory\nhttp:\n  addr: x\n  relativeurls: x\n  net: x');
    expect(issues.map(({ key }) => key)).toEqual(['version', 'http.net', 'http.relativeurls']);
  });

  it('warns of an unknown key in a file of version 0.1, and refuses it when strict', () => {
    const text = lines(
      'version: 0.1',
      'storage: inmemory',
      'http: {adr: x, addr: localhost:0}',
      'colour: red',
    );
    expect(parse(text).warnings).toContainEqual({
      key: 'http.adr',
      where: 'config.yml:3',
      message: 'unknown key',
    });
    const strict = issuesOf(`${text}outrigger: {profile: strict}\n`);
    expect(strict.map(({ key, where }) => `${where} ${key}`)).toEqual([
      'config.yml:3 http.adr',
      'config.yml:4 colour',
    ]);
  });

  it.each([
    ['a wrong form', 'version: 0.1\nstorage: inmemory\nhttp:\n  secret: [hunter2]\n  addr: hunter2'],
    ['an alias', 'version: 0.1\nhttp: {secret: *hunter2}'],
    ['a tag', 'version: 0.1\nhttp: {secret: !hunter2 x}'],
    ['a broken quote', 'version: 0.1\nhttp: {secret: "hunter2\\q'],
    ['a broken map', 'version: 0.1\nhttp: {secret: hunter2: hunter2}'],
    ['a choice', 'version: 0.1\nstorage: inmemory\nlog: {level: hunter2}'],
  ])('never echoes a value: %s', (_, text) => {
    const issues = issuesOf(text);
    expect(issues).not.toEqual([]);
    expect(JSON.stringify(issues)).not.toContain('hunter2');
  });

  it('is not exploded by aliases', () => {
    const levels = Array.from(
      { length: 9 },
      (_, level) =>
        `l${String(level + 1)}: &l${String(level + 1)} [${Array(10)
          .fill(`*l${String(level)}`)
          .join(', ')}]`,
    );
    expect(issuesOf(lines('l0: &l0 x', ...levels))).toMatchObject([
      { message: expect.stringContaining('nodes') as string },
    ]);
    expect(issuesOf('a: &a\n  b: *a\n')).toMatchObject([
      { message: expect.stringContaining('nested deeper') as string },
    ]);
  });

  it('is not exploded by depth or size', () => {
    expect(issuesOf('['.repeat(200_000))).toHaveLength(1);
    expect(issuesOf(`a: ${'x'.repeat(2 ** 20)}`)).toMatchObject([
      { message: expect.stringContaining('larger') as string },
    ]);
  });
});

describe('what the environment overrides', () => {
  const BASE = lines('version: 0.1', 'storage: {filesystem: {rootdirectory: /data, maxthreads: 50}}');

  it('replaces and adds values, those of a plugin driver too', () => {
    const { config } = parse(BASE, {
      REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY: '/other',
      REGISTRY_STORAGE_FILESYSTEM_COMMIT: 'relaxed',
      REGISTRY_HTTP_ADDR: '127.0.0.1:5001',
      REGISTRY_HTTP_SECRET: '0777',
      REGISTRY_STORAGE_DELETE_ENABLED: 'true',
      REGISTRY_LOG_LEVEL: 'debug',
      REGISTRY_LOG_FIELDS_ZONE: 'a',
    });
    expect(config.storage.parameters).toEqual({ rootdirectory: '/other', maxthreads: 50, commit: 'relaxed' });
    expect(config.storage.deleteEnabled).toBe(true);
    expect(config.http).toMatchObject({ address: { host: '127.0.0.1', port: 5001 }, secret: '0777' });
    expect(config.log).toMatchObject({ level: 'debug', fields: { zone: 'a' } });
  });

  it('selects another driver by REGISTRY_STORAGE, which comes before the keys of that driver', () => {
    const { config } = parse(BASE, {
      REGISTRY_STORAGE_S3_BUCKET: 'b',
      REGISTRY_STORAGE_S3_CHUNKSIZE: '10485760',
      REGISTRY_STORAGE_S3_SECURE: 'false',
      REGISTRY_STORAGE: 's3',
    });
    expect(config.storage).toMatchObject({
      driver: 's3',
      parameters: { bucket: 'b', chunksize: 10_485_760, secure: false },
    });
  });

  it('refuses a second driver, as Distribution does', () => {
    expect(issuesOf(BASE, { REGISTRY_STORAGE_S3_BUCKET: 'b' })).toMatchObject([{ key: 'storage' }]);
  });

  it('takes YAML for a whole section, and nested keys of a driver', () => {
    const { config } = parse(BASE, {
      REGISTRY_STORAGE:
        '{azure: {accountname: a, credentials: {type: client_secret}}, delete: {enabled: true}}',
      REGISTRY_STORAGE_AZURE_CREDENTIALS_TENANTID: 't',
    });
    expect(config.storage).toMatchObject({
      driver: 'azure',
      parameters: { accountname: 'a', credentials: { type: 'client_secret', tenantid: 't' } },
      deleteEnabled: true,
    });
  });

  it('takes list indices, in lists that are there and new ones', () => {
    const text = `${BASE}http: {headers: {X-A: [one, two]}}\n`;
    const { config, warnings } = parse(text, {
      'REGISTRY_HTTP_HEADERS_X-A_1': 'TWO',
      'REGISTRY_HTTP_HEADERS_X-A_2': 'three',
      'REGISTRY_HTTP_HEADERS_X-A_9': 'far',
      'REGISTRY_HTTP_HEADERS_X-B_0': 'new',
      REGISTRY_OUTRIGGER_DRIVERS_DIRECTORIES_0: '/opt/drivers',
    });
    expect(config.http.headers).toEqual({ 'X-A': ['one', 'TWO', 'three'], 'x-b': ['new'] });
    expect(config.driverDirectories).toEqual(['/opt/drivers']);
    expect(warnings).toContainEqual(expect.objectContaining({ where: 'REGISTRY_HTTP_HEADERS_X-A_9' }));
  });

  it('finds the spelling of our own keys', () => {
    const { config } = parse(BASE, { REGISTRY_OUTRIGGER_DRIVERS_FILESYSTEM_INPROCESS: 'true' });
    expect(config.drivers).toEqual({ filesystem: { inProcess: true } });
  });

  it('notes what names nothing, also when strict: Kubernetes sets such variables', () => {
    const { warnings } = parse(`${BASE}http: {addr: localhost:0}\noutrigger: {profile: strict}\n`, {
      REGISTRY_PORT: 'tcp://10.0.0.1:5000',
      REGISTRY_PORT_5000_TCP_ADDR: '10.0.0.1',
    });
    expect(warnings.map(({ where }) => where)).toContain('REGISTRY_PORT_5000_TCP_ADDR');
  });

  it('names the variable whose value is wrong, and not the value', () => {
    expect(issuesOf(BASE, { REGISTRY_HTTP_RELATIVEURLS: 'hunter2' })).toEqual([
      { key: 'http.relativeurls', where: 'REGISTRY_HTTP_RELATIVEURLS', message: 'must be true or false' },
    ]);
    const broken = issuesOf(BASE, { REGISTRY_HTTP_SECRET: '[hunter2' });
    expect(broken).toMatchObject([{ where: 'REGISTRY_HTTP_SECRET' }]);
    expect(JSON.stringify(broken)).not.toContain('hunter2');
  });
});

describe('where it comes from', () => {
  let directory = '';
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'outrigger-config-'));
    await writeFile(join(directory, FILE), 'version: 0.1\nstorage: inmemory\n');
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  it('is built in when there is no file: strict, on this machine, stored below the working directory', async () => {
    const { config, file } = await loadConfig(undefined, {});
    expect(file).toBeUndefined();
    expect(config).toMatchObject({
      profile: 'strict',
      storage: { driver: 'filesystem', parameters: { rootdirectory: './data' }, deleteEnabled: false },
      http: { address: { host: '127.0.0.1', port: 5000 } },
    });
  });

  it('is built in with another driver when the environment names one', async () => {
    const { config } = await loadConfig(undefined, { REGISTRY_STORAGE_S3_BUCKET: 'b' });
    expect(config.storage).toMatchObject({ driver: 's3', parameters: { bucket: 'b' } });
  });

  it('is the file of REGISTRY_CONFIGURATION_PATH', async () => {
    const { config } = await loadConfig(undefined, { REGISTRY_CONFIGURATION_PATH: join(directory, FILE) });
    expect(config.storage.driver).toBe('inmemory');
  });

  it('says which file cannot be read', async () => {
    const missing = join(directory, 'missing.yml');
    await expect(loadConfig(missing, {})).rejects.toMatchObject({
      issues: [{ where: missing, message: 'cannot be read: ENOENT' }],
    });
  });
});
