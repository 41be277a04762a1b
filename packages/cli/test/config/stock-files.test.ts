import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/config/parse-config.js';

const parse = (text: string, environment: Record<string, string> = {}) =>
  parseConfig(text, 'config.yml', environment);

/** As the images registry:2 and registry:3 have it; the second one says how many tags are read at a time. */
const IMAGE = (tag: string) => `version: 0.1
log: {fields: {service: registry}}
storage:
  cache: {blobdescriptor: inmemory}
  filesystem: {rootdirectory: /var/lib/registry}
${tag}
http:
  addr: :5000
  headers: {X-Content-Type-Options: [nosniff]}
health:
  storagedriver: {enabled: true, interval: 10s, threshold: 3}
`;

const VERSION_2 = `version: 0.1
log:
  level: debug
  hooks:
    - {type: mail, disabled: true, levels: [panic], options: {smtp: {addr: "a:25", password: p}, from: a, to: [b]}}
storage:
  cache: {layerinfo: inmemory}
  filesystem: {rootdirectory: /var/lib/registry}
  maintenance: {uploadpurging: {enabled: false}}
auth: {htpasswd: {realm: basic-realm, path: /etc/registry}}
http: {addr: ":5000", secret: s, tls: {certificate: /c, key: /k, minimumtls: tls1.0}}
redis:
  addr: localhost:6379
  pool: {maxidle: 16, maxactive: 64, idletimeout: 300s}
  dialtimeout: 10ms
reporting: {bugsnag: {apikey: k}}
compatibility: {schema1: {signingkeyfile: /f, enabled: true}}
validation: {enabled: true, manifests: {urls: {allow: ["^https?://"]}}}
`;

describe("Distribution's files", () => {
  it.each([
    ['registry:2', IMAGE('')],
    ['registry:3', IMAGE('  tag: {concurrencylimit: 8}')],
  ])('takes that of the image %s unchanged', (_, text) => {
    const { config, warnings } = parse(text);
    expect(config).toMatchObject({
      profile: 'compatible',
      storage: {
        driver: 'filesystem',
        deleteEnabled: false,
        redirect: true,
        uploadPurging: { enabled: true, ageMs: 604_800_000 },
      },
      http: { address: { host: undefined, port: 5000 }, tls: undefined, debug: undefined },
      health: { storageDriver: { enabled: true, intervalMs: 10_000, threshold: 3 } },
      auth: undefined,
      validation: { urlsAllow: [], urlsDeny: [], platforms: 'all' },
    });
    expect(warnings.map(({ message }) => message)).not.toContain('unknown key');
    expect(warnings).toContainEqual(expect.objectContaining({ key: 'http.addr', where: 'config.yml:8' }));
  });

  it('takes what docker run says with -e', () => {
    const { config } = parse(IMAGE(''), {
      REGISTRY_AUTH: 'htpasswd',
      REGISTRY_AUTH_HTPASSWD_REALM: 'Registry Realm',
      REGISTRY_AUTH_HTPASSWD_PATH: '/auth/htpasswd',
      REGISTRY_HTTP_ADDR: '0.0.0.0:443',
      REGISTRY_HTTP_TLS_CERTIFICATE: '/certs/domain.crt',
      REGISTRY_HTTP_TLS_KEY: '/certs/domain.key',
      REGISTRY_HTTP_TLS_CLIENTCAS_0: '/certs/ca.crt',
      REGISTRY_NOTIFICATIONS_ENDPOINTS_0_URL: 'http://localhost:5003/hook',
      REGISTRY_NOTIFICATIONS_ENDPOINTS_0_HEADERS_AUTHORIZATION_0: 'Bearer x',
      REGISTRY_MIDDLEWARE_STORAGE_0_NAME: 'redirect',
      REGISTRY_MIDDLEWARE_STORAGE_0_OPTIONS_BASEURL: 'https://cdn.example.com/',
      REGISTRY_STORAGE_DELETE_ENABLED: 'true',
    });
    expect(config).toMatchObject({
      auth: { type: 'htpasswd', realm: 'Registry Realm', path: '/auth/htpasswd' },
      http: {
        tls: {
          certificate: '/certs/domain.crt',
          clientCas: ['/certs/ca.crt'],
          clientAuth: 'require-and-verify-client-cert',
        },
      },
      notifications: {
        endpoints: [
          {
            name: 'localhost:5003',
            timeoutMs: 1000,
            threshold: 10,
            backoffMs: 1000,
            headers: { authorization: ['Bearer x'] },
          },
        ],
      },
      middleware: {
        storage: [{ name: 'redirect', disabled: false, options: { baseurl: 'https://cdn.example.com/' } }],
      },
      storage: { deleteEnabled: true },
    });
  });

  it('takes the keys that only version 2 has, and says what becomes of them', () => {
    const { config, warnings } = parse(VERSION_2);
    expect(config).toMatchObject({
      log: { level: 'debug' },
      storage: { cache: { blobDescriptor: 'inmemory' }, uploadPurging: { enabled: false } },
      http: { tls: { minimumTls: 'tls1.2' } },
      redis: { mode: 'single', addrs: ['localhost:6379'], dialTimeoutMs: 10 },
      validation: { urlsAllow: ['^https?://'] },
    });
    const said = warnings.map(({ key }) => key);
    for (const key of [
      'log.hooks',
      'http.tls.minimumtls',
      'redis.addr',
      'reporting',
      'compatibility',
      'validation.enabled',
    ])
      expect(said).toContain(key);
  });

  it('takes an empty value for none, as Go does', () => {
    const { config } = parse(`${IMAGE('')}proxy: {remoteurl: ""}\n`, {
      REGISTRY_HTTP_HOST: '',
      REGISTRY_HTTP_SECRET: '""',
    });
    expect(config.http).toMatchObject({ host: undefined, secret: undefined });
    expect(config.proxy).toBeUndefined();
  });
});
