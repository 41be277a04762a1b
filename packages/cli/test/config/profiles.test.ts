import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConfigError } from '../../src/config/config-error.js';
import { parseConfig } from '../../src/config/parse-config.js';

const BASE = 'version: 0.1\nstorage: {filesystem: {rootdirectory: /data}}\n';
const TLS = 'tls: {certificate: /c, key: /k}';
const AUTH = 'auth: {htpasswd: {realm: r, path: /p}}\n';

const parse = (text: string, environment: Record<string, string> = {}) =>
  parseConfig(text, 'config.yml', environment);

function wrongKeys(text: string, environment: Record<string, string> = {}): string[] {
  try {
    parse(text, environment);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.issues.map(({ key }) => key);
    throw error;
  }
}

function warnedKeys(text: string): string[] {
  return parse(text).warnings.map(({ key }) => key);
}

describe('who can reach a strict registry', () => {
  const strict = (http: string, more = '', own = '') =>
    `${BASE}http: {addr: ":5000", ${http}}\n${more}outrigger: {profile: strict${own}}\n`;

  it.each([
    ['nothing', strict('')],
    ['authentication alone', strict('', AUTH)],
    ['TLS alone', strict(TLS)],
    [
      'certificates of clients that need not be shown',
      strict('tls: {certificate: /c, key: /k, clientcas: [/a], clientauth: verify-client-cert-if-given}'),
    ],
  ])('is refused with %s', (_, text) => {
    expect(wrongKeys(text)).toEqual(['http.addr']);
  });

  it.each([
    ['TLS and authentication', strict(TLS, AUTH), []],
    ['certificates of clients', strict('tls: {certificate: /c, key: /k, clientcas: [/a]}'), []],
    ['the word of the operator', strict('', '', ', insecure: true'), ['http.addr']],
    ['this machine only', strict('').replace(':5000', '127.0.0.1:5000'), []],
    ['a socket', strict('net: unix').replace(':5000', '/run/registry.sock'), []],
  ])('is fine with %s', (_, text, warned) => {
    expect(wrongKeys(text)).toEqual([]);
    expect(warnedKeys(text)).toEqual(warned);
  });

  it('is a warning without the profile', () => {
    expect(warnedKeys(`${BASE}http: {addr: ":5000"}\n`)).toEqual(['http.addr']);
    expect(warnedKeys(`${BASE}${AUTH}http: {addr: ":5000"}\n`)).toEqual(['http.addr']);
  });
});

describe('the strict profile', () => {
  const STRICT = `${BASE}http: {addr: "localhost:0"}\noutrigger: {profile: strict}\n`;

  it('tells the catalog to users, and believes no proxy and no host of storage, unless it is said', () => {
    expect(parse(`${STRICT}${AUTH}`).config).toMatchObject({
      access: { catalog: ['*'] },
      trustedProxies: [],
      redirectHosts: [],
    });
    expect(parse(`${BASE}${AUTH}`).config).toMatchObject({
      access: {},
      trustedProxies: undefined,
      redirectHosts: undefined,
    });
  });

  it('limits the uploads of a user, unless it is said', () => {
    const limitOf = (text: string) => parse(text).config.limits.uploadsPerUser;
    expect(limitOf(STRICT)).toBe(64);
    expect(limitOf(STRICT.replace('strict', 'strict, limits: {uploadsPerUser: 0}'))).toBeUndefined();
    expect(limitOf(BASE)).toBeUndefined();
    expect(limitOf(`${BASE}outrigger: {limits: {uploadsPerUser: 3}}\n`)).toBe(3);
  });

  it('warns of secrets in the file, and not of those in the environment', () => {
    const secrets = 'redis: {addrs: ["a:1"], password: hunter2}\n';
    expect(wrongKeys(`${STRICT}auth: {silly: {realm: r, service: s}}\n`)).toEqual(['auth.silly']);
    const text = STRICT.replace('http: {', 'http: {secret: hunter2, ');
    expect(warnedKeys(text)).toEqual(['http.secret']);
    expect(parse(STRICT, { REGISTRY_HTTP_SECRET: 'hunter2' }).warnings).toEqual([]);
    expect(warnedKeys(`${BASE}${secrets}`)).not.toContain('redis.password');
  });

  it('refuses unknown keys together with everything else', () => {
    const text = `${STRICT}colour: red\ncatalog: {maxentries: x}\n`;
    expect(wrongKeys(text).sort()).toEqual(['catalog.maxentries', 'colour']);
  });
});

describe('keys that need each other', () => {
  it.each([
    ['a certificate without its key', 'http: {tls: {certificate: /c}}', 'http.tls.key'],
    ['client CAs without a certificate', 'http: {tls: {clientcas: [/c]}}', 'http.tls.certificate'],
    ['a token without keys', 'auth: {token: {realm: r, service: s, issuer: i}}', 'auth.token'],
    [
      'two kinds of authentication',
      'auth: {htpasswd: {realm: r, path: /p}, silly: {realm: r, service: s}}',
      'auth',
    ],
    ['an htpasswd without a file', 'auth: {htpasswd: {realm: r}}', 'auth.htpasswd.path'],
    [
      'an unknown algorithm',
      'auth: {token: {realm: r, service: s, issuer: i, jwks: /j, signingalgorithms: [none]}}',
      'auth.token.signingalgorithms.0',
    ],
    [
      'an unknown cipher suite',
      'http: {tls: {certificate: /c, key: /k, ciphersuites: [AES]}}',
      'http.tls.ciphersuites.0',
    ],
    ['an unknown mode', 'http: {tls: {certificate: /c, key: /k, clientauth: maybe}}', 'http.tls.clientauth'],
    [
      'a cache in Redis without Redis',
      'storage: {inmemory: {}, cache: {blobdescriptor: redis}}',
      'storage.cache.blobdescriptor',
    ],
    ['an endpoint without a URL', 'notifications: {endpoints: [{name: a}]}', 'notifications.endpoints.0.url'],
    [
      'a middleware without a name',
      'middleware: {storage: [{options: {a: b}}]}',
      'middleware.storage.0.name',
    ],
    [
      'certificates of clients that nobody checks, in strict',
      'http: {tls: {certificate: /c, key: /k, clientauth: request-client-cert}}\noutrigger: {profile: strict}',
      'http.tls.clientauth',
    ],
    ['workers that share no store', 'storage: inmemory\noutrigger: {workers: 2}', 'outrigger.workers'],
    [
      'a rule without users',
      'outrigger: {access: {rules: [{repositories: a, actions: read}]}}',
      'outrigger.access.rules.0.users',
    ],
    [
      'an action that is none',
      'outrigger: {access: {rules: [{repositories: a, users: b, actions: fly}]}}',
      'outrigger.access.rules.0.actions.0',
    ],
    ['a network that is none', 'outrigger: {trustedProxies: [10.0.0.0/64]}', 'outrigger.trustedProxies'],
    ['a limit that no blob keeps', 'outrigger: {limits: {blobSize: 0}}', 'outrigger.limits.blobSize'],
    [
      'a manifest that no driver can store',
      'outrigger: {limits: {manifestSize: 1000000000}}',
      'outrigger.limits.manifestSize',
    ],
  ])('%s is an error', (_, text, key) => {
    const storage =
      text.includes('storage:') && !text.startsWith('middleware') ? '' : 'storage: {filesystem: {}}\n';
    expect(wrongKeys(`version: 0.1\n${storage}${text}\n`)).toContain(key);
  });
});

describe('outrigger.secrets', () => {
  let directory = '';
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'outrigger-secrets-'));
    await writeFile(join(directory, 'http'), 'hunter2\n');
    await writeFile(join(directory, 'empty'), '\n');
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  it('takes values from files, also those of a driver', () => {
    const text = `${BASE}outrigger: {secrets: {http.secret: ${directory}/http, storage.filesystem.key: http}}\n`;
    const { config } = parse(text, { CREDENTIALS_DIRECTORY: directory });
    expect(config.http.secret).toBe('hunter2');
    expect(config.storage.parameters).toEqual({ rootdirectory: '/data', key: 'hunter2' });
  });

  it.each([
    'http.secret: /nowhere/at/all',
    'http.secret: relative',
    'http.sekret: /etc/hostname',
    'http.secret: EMPTY',
  ])('refuses %s', (entry) => {
    const text = `${BASE}outrigger: {secrets: {${entry.replace('EMPTY', join(directory, 'empty'))}}}\n`;
    expect(wrongKeys(text)).toEqual([`outrigger.secrets.${entry.split(':')[0] ?? ''}`]);
  });
});
