import { describe, expect, test } from 'vitest';
import { bytes, digestOf, errorCode } from '../registry-fixture.js';
import { createGuardedConnect } from '../../src/proxy/guarded-connect.js';
import { parseChallenges } from '../../src/proxy/challenge.js';
import { isPrivateAddress } from '../../src/proxy/private-address.js';
import { trustedRealm } from '../../src/proxy/trusted-realm.js';
import type { Answer } from './lying-upstream.js';
import { startUpstream, status } from './lying-upstream.js';
import { startProxy } from './proxy-fixture.js';

const CANARY = 'canary-a8f3';
const credentials = () => Promise.resolve({ username: 'mirror', secret: CANARY });
const BASIC = `Basic ${Buffer.from(`mirror:${CANARY}`).toString('base64')}`;

const content = bytes(1000);
const digest = digestOf(content);
const blob: Answer = (_req, res) => void res.end(content);

/** An upstream that takes the token which its own realm gives. */
function tokenUpstream(give: (count: number) => object): Answer {
  let count = 0;
  let token = '';
  return (req, res) => {
    if (req.url?.startsWith('/token') === true) {
      token = `token-${String(++count)}`;
      res.end(JSON.stringify({ token, ...give(count) }));
    } else if (req.headers.authorization === `Bearer ${token}` && token !== '') res.end(content);
    else
      res
        .writeHead(401, {
          'WWW-Authenticate': `Bearer realm="http://${String(req.headers.host)}/token",service="an upstream"`,
        })
        .end();
  };
}

test('a token is asked for once a repository, with the credentials', async () => {
  const upstream = await startUpstream(tokenUpstream(() => ({ expires_in: 300 })));
  const proxy = await startProxy(upstream.url, { credentials });
  for (const each of [digest, digest, digestOf('other')]) await proxy.call('HEAD', `a/b/blobs/${each}`);
  const path = '/token?service=an+upstream&scope=repository%3Aa%2Fb%3Apull';
  expect(upstream.requests.filter((each) => each.includes('/token'))).toEqual([`GET ${path}`]);
  expect(upstream.authorizations[1]).toBe(BASIC);
  expect(upstream.authorizations.slice(2).every((each) => each === 'Bearer token-1')).toBe(true);
});

test('a token that is not taken any more is replaced, once', async () => {
  const upstream = await startUpstream(tokenUpstream(() => ({})));
  const proxy = await startProxy(upstream.url);
  expect((await proxy.call('HEAD', `a/blobs/${digest}`)).status).toBe(200);
  const fresh = tokenUpstream(() => ({ token: undefined, access_token: 'token-1' }));
  upstream.answer = fresh;
  expect((await proxy.call('HEAD', `a/blobs/${digest}`)).status).toBe(200);
  upstream.answer = (req, res) => {
    if (req.url?.startsWith('/token') === true) res.end('{"token":"useless"}');
    else res.writeHead(401, { 'WWW-Authenticate': `Bearer realm="${upstream.url}/token"` }).end();
  };
  const before = upstream.requests.length;
  const denied = await proxy.call('GET', `a/blobs/${digest}`);
  expect([denied.status, await errorCode(denied)]).toEqual([403, 'DENIED']);
  expect(upstream.requests.length - before).toBeLessThanOrEqual(3);
});

test('an upstream that wants a password gets it', async () => {
  const upstream = await startUpstream((req, res) => {
    if (req.headers.authorization === BASIC) blob(req, res);
    else res.writeHead(401, { 'WWW-Authenticate': 'Basic realm="x"' }).end();
  });
  const proxy = await startProxy(upstream.url, { credentials });
  expect((await proxy.call('GET', `a/blobs/${digest}`)).status).toBe(200);
  const nobody = await startProxy(upstream.url);
  expect((await nobody.call('GET', `a/blobs/${digest}`)).status).toBe(403);
});

test('an identity token is exchanged for a token', async () => {
  const upstream = await startUpstream(tokenUpstream(() => ({})));
  const proxy = await startProxy(upstream.url, {
    credentials: () => Promise.resolve({ username: '<token>', secret: CANARY }),
  });
  expect((await proxy.call('GET', `a/blobs/${digest}`)).status).toBe(200);
  expect(upstream.requests[1]).toBe('POST /token');
});

describe('S20', () => {
  test('a realm on another host is never asked', async () => {
    const other = await startUpstream(status(200), '127.0.0.2');
    const upstream = await startUpstream(
      status(401, { 'WWW-Authenticate': `Bearer realm="${other.url}/token",service="x"` }),
    );
    const proxy = await startProxy(upstream.url, { credentials });
    const answer = await proxy.call('GET', `a/blobs/${digest}`);
    expect([answer.status, await errorCode(answer)]).toEqual([502, 'UNAVAILABLE']);
    expect(other.requests).toEqual([]);
    expect(upstream.authorizations).toEqual([undefined]);
  });

  test.for([301, 302, 303, 307, 308])(
    'a redirect (%i) to another host takes no credentials along',
    async (code) => {
      const other = await startUpstream(blob, '127.0.0.2');
      const upstream = await startUpstream((req, res) => {
        if (req.headers.authorization !== BASIC)
          res.writeHead(401, { 'WWW-Authenticate': 'Basic realm="x"' }).end();
        else res.writeHead(code, { Location: `${other.url}/elsewhere?signature=1` }).end();
      });
      const proxy = await startProxy(upstream.url, { credentials });
      const answer = await proxy.call('GET', `a/blobs/${digest}`, {
        headers: { Authorization: 'Basic Y2xpZW50Og==' },
      });
      expect(Buffer.from(await answer.arrayBuffer())).toEqual(content);
      expect(other.requests).toEqual(['GET /elsewhere?signature=1']);
      expect(other.authorizations).toEqual([undefined]);
      expect(upstream.authorizations).toEqual([undefined, BASIC]);
    },
  );

  test('nor does one that leads back by another host', async () => {
    const other = await startUpstream(
      (_req, res) => void res.writeHead(307, { Location: `${upstream.url}/back` }).end(),
      '127.0.0.2',
    );
    const upstream = await startUpstream((req, res) => {
      if (req.url === '/back') blob(req, res);
      else if (req.headers.authorization !== BASIC)
        res.writeHead(401, { 'WWW-Authenticate': 'Basic realm="x"' }).end();
      else res.writeHead(307, { Location: other.url }).end();
    });
    const proxy = await startProxy(upstream.url, { credentials });
    expect((await proxy.call('GET', `a/blobs/${digest}`)).status).toBe(200);
    expect(upstream.authorizations).toEqual([undefined, BASIC, undefined]);
  });

  test.for(['/loop', 'file:///etc/passwd', 'http://user:pass@127.0.0.1/', 'ftp://127.0.0.1/', ''])(
    'a redirect to %j is refused',
    async (location) => {
      const upstream = await startUpstream(status(307, { Location: location }));
      const proxy = await startProxy(upstream.url);
      expect((await proxy.call('GET', `a/blobs/${digest}`)).status).toBe(502);
      expect(upstream.requests.length).toBeLessThanOrEqual(6);
    },
  );

  test('the credentials of clients are never passed on', async () => {
    const upstream = await startUpstream(blob);
    const proxy = await startProxy(upstream.url);
    await proxy.call('GET', `a/blobs/${digest}`, {
      headers: { Authorization: 'Bearer of-a-client', Cookie: 'a=b' },
    });
    expect(upstream.authorizations).toEqual([undefined]);
  });

  test('no secret gets into the log, nor to the client', async () => {
    const upstream = await startUpstream(
      (_req, res) => void res.writeHead(401, { 'WWW-Authenticate': 'Basic realm="x"' }).end(),
    );
    const proxy = await startProxy(upstream.url, { credentials });
    const answer = await proxy.call('GET', `a/blobs/${digest}`);
    expect(JSON.stringify([proxy.lines, await answer.text(), [...answer.headers]])).not.toContain(CANARY);
  });

  test.for([
    '127.0.0.1',
    '10.1.2.3',
    '172.16.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '0.0.0.0',
    '::1',
    '::',
    '::ffff:10.0.0.1',
    '::ffff:a9fe:a9fe',
    '64:ff9b::a9fe:a9fe',
    '64:ff9b::10.0.0.1',
    '2002:a00:1::',
    'fe80::1%eth0',
    'fd00::1',
  ])('%s is private', (address) => {
    expect(isPrivateAddress(address)).toBe(true);
  });

  test.for(['8.8.8.8', '172.32.0.1', '2606:4700::1111', '64:ff9b::808:808', '::ffff:8.8.8.8'])(
    '%s is public',
    (address) => {
      expect(isPrivateAddress(address)).toBe(false);
    },
  );

  test('a public upstream leads to no private address, by number, by name or by a name that changes', async () => {
    const names: Record<string, string> = {
      'upstream.example': '203.0.113.1',
      'evil.example': '169.254.169.254',
    };
    const connected: string[] = [];
    const connect = createGuardedConnect(
      (options) => (target, callback) => {
        const { lookup } = options as { lookup: (...given: unknown[]) => void };
        lookup(target.hostname, {}, (error: Error | null, address: string) => {
          if (error !== null) {
            callback(error, null);
            return;
          }
          connected.push(address);
          callback(new Error('connected'), null);
        });
      },
      'upstream.example',
      {
        timeout: 1000,
        resolve: (host, _options, callback) => {
          callback(null, names[host] ?? '203.0.113.9', 4);
        },
      },
    );
    const to = (hostname: string) =>
      new Promise<string>((resolve) => {
        connect({ hostname, protocol: 'http:', port: '80' }, (...[error]) => {
          resolve(String(error?.message));
        });
      });
    expect(await to('upstream.example')).toBe('connected');
    expect(await to('evil.example')).toContain('private');
    expect(await to('169.254.169.254')).toContain('private');
    expect(await to('[::1]')).toContain('private');
    names['upstream.example'] = '127.0.0.1';
    expect(await to('upstream.example')).toContain('private');
    expect(await to('cdn.example')).toBe('connected');
    expect(connected).toEqual(['203.0.113.1', '203.0.113.9']);
  });

  test('an upstream in a private network may lead around in it', async () => {
    const other = await startUpstream(blob, '127.0.0.2');
    const upstream = await startUpstream(status(307, { Location: other.url }));
    const proxy = await startProxy(upstream.url, { refusePrivate: true });
    expect((await proxy.call('GET', `a/blobs/${digest}`)).status).toBe(200);
  });
});

test.for([
  ['https://registry-1.docker.io', 'https://auth.docker.io/token', true],
  ['https://ghcr.io', 'https://ghcr.io/token', true],
  ['https://ghcr.io', 'http://ghcr.io/token', false],
  ['http://localhost:5000', 'http://localhost:5001/token', false],
  ['https://a.github.io', 'https://b.github.io/token', false],
  ['https://a.co.uk', 'https://b.co.uk/token', false],
  ['https://docker.io', 'https://docker.io.evil.example/token', false],
  ['https://10.0.0.1', 'https://10.0.0.2/token', false],
  ['https://registry.corp.example', 'https://login.corp.example/token', true],
  ['https://ghcr.io', 'https://user:secret@ghcr.io/token', false],
  ['https://ghcr.io', 'file:///token', false],
  ['https://ghcr.io', '', false],
] as const)('the realm of %s may be %s: %s', async ([upstream, realm, isTrusted]) => {
  const { getDomain } = await import('tldts');
  const found = trustedRealm(new URL(upstream), realm, (host) =>
    getDomain(host, { allowPrivateDomains: true }),
  );
  expect(found?.href).toBe(isTrusted ? realm : undefined);
});

test('challenges are read as RFC 9110 writes them', () => {
  const read = (header: string) =>
    parseChallenges(header).map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)]);
  expect(read('Bearer realm="https://a/t?x=1,2",service=s , scope="a b", Basic realm="q\\"q"')).toEqual([
    ['bearer', { realm: 'https://a/t?x=1,2', service: 's', scope: 'a b' }],
    ['basic', { realm: 'q"q' }],
  ]);
  expect(read('Negotiate, Bearer')).toEqual([
    ['negotiate', {}],
    ['bearer', {}],
  ]);
  expect(read('')).toEqual([]);
  expect(read('"')).toEqual([]);
});
