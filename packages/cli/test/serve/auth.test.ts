import { X509Certificate, createHash, createPrivateKey, sign } from 'node:crypto';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import type { IncomingMessage, RequestListener } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { Agent, createServer, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { AccessController, Authenticator } from '@outrigger/registry';
import { createRegistry, createToken } from '@outrigger/registry';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { parseConfig } from '../../src/config/parse-config.js';
import { createAuth } from '../../src/serve/auth.js';
import type { Issued } from '../certificates.js';
import { issue } from '../certificates.js';
import { temporaryDirectory } from '../temporary-directory.js';
import { SILENT, memoryDriver, runServer } from './running-server.js';
import { tlsParts } from './tls-parts.js';

const ca = { ...issue({ commonName: 'our CA', isCa: true }), commonName: 'our CA' };
const server = issue({ commonName: 'localhost' });

interface Sections {
  readonly auth?: unknown;
  readonly http?: Readonly<Record<string, unknown>>;
  readonly outrigger?: Readonly<Record<string, unknown>>;
}

/** What is told to a person goes into `told`. */
async function configured(sections: Sections, told: string[] = []): Promise<AccessController | undefined> {
  const { http, ...others } = sections;
  const config = { version: '0.1', storage: 'inmemory', http: { addr: 'localhost:0', ...http }, ...others };
  const surroundings = { log: SILENT, tell: (text: string) => void told.push(text) };
  return createAuth(parseConfig(JSON.stringify(config), 'config.yml', {}).config, surroundings);
}

async function handlerFor(access: AccessController | undefined) {
  const driver = await memoryDriver();
  return createRegistry({ driver, secret: Buffer.from('s'), deleteEnabled: true, log: SILENT, access });
}

describe('client certificates', () => {
  const RULES = [{ repositories: ['team/*'], users: ['somebody'], actions: ['read', 'create'] }];
  const known = issue({ commonName: 'somebody', issuer: ca });
  const other = issue({ commonName: 'another', issuer: ca });
  const stranger = issue({ commonName: 'somebody' });

  async function start() {
    const access = await configured({
      http: { tls: { certificate: 'c', key: 'k', clientcas: ['ca.pem'], clientauth: 'request-client-cert' } },
      outrigger: { access: { rules: RULES }, tls: { clientIdentity: 'cn' } },
    });
    const clientAuth = 'request-client-cert' as const;
    const registry = await handlerFor(access);
    return runServer({ ...tlsParts(server, { clientAuth }, ca), registry, http2: true });
  }

  async function post(port: number, path: string, client?: Issued): Promise<number | undefined> {
    const identity = client === undefined ? {} : { cert: client.certificate, key: client.key };
    const agent = new Agent({ maxCachedSessions: 0 });
    const options = { port, path, method: 'POST', host: 'localhost', ca: server.certificate, agent };
    const [res] = (await once(request({ ...options, ...identity }).end(), 'response')) as [IncomingMessage];
    res.resume();
    return res.statusCode;
  }

  it('name a user, who has rights by the rules', async () => {
    const { port } = await start();
    expect(await post(port, '/v2/team/a/blobs/uploads/', known)).toBe(202);
    expect(await post(port, '/v2/other/blobs/uploads/', known)).toBe(403);
    expect(await post(port, '/v2/team/a/blobs/uploads/', other)).toBe(403);
  });

  it('name nobody when they are not verified, or not there', async () => {
    const { port } = await start();
    expect(await post(port, '/v2/team/a/blobs/uploads/', stranger)).toBe(403);
    expect(await post(port, '/v2/team/a/blobs/uploads/')).toBe(403);
  });

  it.each([
    [202, known],
    [403, stranger],
  ])('over HTTP/2 as well: %s', async (status, { certificate: cert, key }) => {
    const { port } = await start();
    const session = connectHttp2(`https://localhost:${String(port)}`, { ca: server.certificate, cert, key });
    onTestFinished(() => {
      session.destroy();
    });
    const stream = session.request({ ':method': 'POST', ':path': '/v2/team/a/blobs/uploads/' });
    const [headers] = (await once(stream.end(), 'response')) as [Record<string, unknown>];
    expect(headers[':status']).toBe(status);
  });
});

/** A token for `alice`, with a chain or an id in its header. */
function makeToken(header: Record<string, unknown>, { key }: Issued): string {
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: 'i', aud: 's', sub: 'alice', exp: now + 300, access: [] };
  const text = [{ alg: 'ES256', ...header }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  const signature = sign('sha256', Buffer.from(text), {
    key: createPrivateKey(key),
    dsaEncoding: 'ieee-p1363',
  });
  return `${text}.${signature.toString('base64url')}`;
}

async function userOf(authenticator: Authenticator, token: string): Promise<string | undefined> {
  return authenticator.authenticate(`Bearer ${token}`, '').then(
    (subject) => subject?.user,
    (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : 'unexpected'),
  );
}

const DAY_MS = 86_400_000;
const ago = (days: number) => new Date(Date.now() - days * DAY_MS);

describe('chains of certificates in tokens (x5c)', () => {
  const named = (commonName: string, rest: Partial<Parameters<typeof issue>[0]> = {}) => ({
    ...issue({ commonName, issuer: ca, ...rest }),
    commonName,
  });
  const leaf = named('leaf');
  const middle = named('middle', { isCa: true });
  const below = named('below', { issuer: middle });
  const noCa = named('no CA');
  const belowNoCa = named('below no CA', { issuer: noCa });
  const expired = named('expired', { from: ago(3), to: ago(1) });
  const early = named('early', { from: ago(-1), to: ago(-3) });
  const oldMiddle = named('old middle', { isCa: true, from: ago(3), to: ago(1) });
  const belowOld = named('below old', { issuer: oldMiddle });
  const foreignCa = { ...issue({ commonName: 'our CA', isCa: true }), commonName: 'our CA' };
  const foreign = named('foreign', { issuer: foreignCa });

  const der = ({ certificate }: Issued) => new X509Certificate(certificate).raw.toString('base64');

  async function start(): Promise<Authenticator> {
    const rootCertBundle = join(await temporaryDirectory(), 'roots.pem');
    await writeFile(rootCertBundle, `a comment\n${stranger.certificate}${ca.certificate}`);
    return createToken({ realm: 'r', service: 's', issuer: 'i', rootCertBundle, log: SILENT });
  }

  const stranger = issue({ commonName: 'stranger' });

  it.each<[string, Issued, Issued[], string]>([
    ['a leaf of the root', leaf, [leaf], 'alice'],
    ['with the root in the chain', leaf, [leaf, ca], 'alice'],
    ['over another authority', below, [below, middle], 'alice'],
    ['in any order', below, [below, ca, middle], 'alice'],
    ['the root itself', ca, [ca], 'alice'],
    ['a certificate of the bundle that is no authority', stranger, [stranger], 'alice'],
    ['a gap', below, [below], 'INVALID'],
    ['signed by another key', middle, [leaf], 'INVALID'],
    ['over a certificate that is no authority', belowNoCa, [belowNoCa, noCa], 'INVALID'],
    ['past its time', expired, [expired], 'INVALID'],
    ['before its time', early, [early], 'INVALID'],
    ['over one past its time', belowOld, [belowOld, oldMiddle], 'INVALID'],
    ['a root of the same name', foreign, [foreign, foreignCa], 'INVALID'],
    ['more than eight', leaf, [leaf, ...Array.from({ length: 8 }, () => middle)], 'INVALID'],
  ])('%s', async (_, signer, chain, expected) => {
    const authenticator = await start();
    const x5c = chain.map(der);
    expect(await userOf(authenticator, makeToken({ x5c }, signer))).toBe(expected);
    expect(await userOf(authenticator, makeToken({ jwk: { kty: 'EC', x5c } }, signer))).toBe(expected);
  });

  it('a chain that can be walked in many ways is walked once: whoever sends it need not be known', async () => {
    const authenticator = await start();
    const x5c = Array.from({ length: 8 }, () => der(foreignCa));
    const verify = vi.spyOn(X509Certificate.prototype, 'verify');
    onTestFinished(() => verify.mockRestore());
    expect(await userOf(authenticator, makeToken({ x5c }, foreignCa))).toBe('INVALID');
    expect(verify.mock.calls.length).toBeGreaterThan(0);
    expect(verify.mock.calls.length).toBeLessThanOrEqual(8 * 9);
  });

  it('a root signs for itself, by its thumbprint', async () => {
    // RFC 7638, 3.
    const { crv, kty, x, y } = new X509Certificate(ca.certificate).publicKey.export({ format: 'jwk' });
    const kid = createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url');
    expect(await userOf(await start(), makeToken({ kid }, ca))).toBe('alice');
    expect(await userOf(await start(), makeToken({ kid }, leaf))).toBe('INVALID');
  });
});

describe('S12: keys of a server', () => {
  const first = issue({ commonName: 'first' });
  const second = issue({ commonName: 'second' });
  const jwks = (...keys: [string, Issued][]) =>
    JSON.stringify({
      keys: keys.map(([kid, { key }]) => {
        const { kty, crv, x, y } = createPrivateKey(key).export({ format: 'jwk' });
        return { kty, crv, x, y, kid };
      }),
    });
  const one = makeToken({ kid: '1' }, first);
  const two = makeToken({ kid: '2' }, second);

  async function start(listener: RequestListener, identity: Issued = server, timeoutMs = 60_000) {
    const https = createServer({ cert: identity.certificate, key: identity.key }, listener);
    await new Promise<void>((resolve) => https.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      https.closeAllConnections();
      https.close();
    });
    const { port } = https.address() as AddressInfo;
    let time = Date.now();
    const authenticator = await createToken({
      ...{ realm: 'r', service: 's', issuer: 'i', log: SILENT, timeoutMs },
      jwks: `https://localhost:${String(port)}/keys`,
      ca: server.certificate,
      now: () => time,
    });
    return { authenticator, advance: (seconds: number) => void (time += seconds * 1000) };
  }

  it('a new one is known after half a minute, and not asked for more often', async () => {
    let content = jwks(['1', first]);
    let requests = 0;
    const { authenticator, advance } = await start((_, res) => {
      requests++;
      res.end(content);
    });
    expect(await userOf(authenticator, one)).toBe('alice');
    content = jwks(['2', second]);
    for (const _ of [1, 2, 3]) expect(await userOf(authenticator, two)).toBe('INVALID');
    expect(requests).toBe(1);
    advance(31);
    expect(await userOf(authenticator, two)).toBe('alice');
    expect(await userOf(authenticator, one)).toBe('INVALID');
    expect(requests).toBe(2);
  });

  it('an outage goes unnoticed for an hour, and a server that is down at first is asked again', async () => {
    let isUp = false;
    const { authenticator, advance } = await start((_, res) => {
      res.statusCode = isUp ? 200 : 503;
      res.end(jwks(['1', first]));
    });
    expect(await userOf(authenticator, one)).toBe('UNAVAILABLE');
    isUp = true;
    expect(await userOf(authenticator, one)).toBe('UNAVAILABLE');
    advance(31);
    expect(await userOf(authenticator, one)).toBe('alice');
    isUp = false;
    advance(100);
    expect(await userOf(authenticator, one)).toBe('alice');
    advance(3600);
    expect(await userOf(authenticator, one)).toBe('UNAVAILABLE');
  });

  it.each<[string, RequestListener]>([
    [
      'a redirect elsewhere',
      (_, res) => void res.writeHead(302, { location: 'http://169.254.169.254/' }).end(),
    ],
    ['a redirect to a file', (_, res) => void res.writeHead(302, { location: 'file:///etc/passwd' }).end()],
    ['a hundred megabytes', (_, res) => void res.end(Buffer.alloc(1e8, ' '))],
    ['no answer', () => undefined],
    ['half an answer', (_, res) => void res.writeHead(200, { 'content-length': '100' }).write('{"keys":[')],
    ['something else', (_, res) => void res.end('<html>')],
  ])('%s gives no keys', async (_, listener) => {
    const { authenticator } = await start(listener, server, 1_000);
    expect(await userOf(authenticator, one)).toBe('UNAVAILABLE');
  });

  it('a certificate that is not trusted gives no keys', async () => {
    const { authenticator } = await start((_, res) => void res.end(jwks(['1', first])), second);
    expect(await userOf(authenticator, one)).toBe('UNAVAILABLE');
  });
});

describe('the configuration', () => {
  it('of nothing is nothing', async () => {
    expect(await configured({})).toBeUndefined();
    expect(await configured({ auth: { none: {} } })).toBeUndefined();
  });

  it('without an htpasswd file makes one, and tells its password once', async () => {
    const path = join(await temporaryDirectory(), 'htpasswd');
    const told: string[] = [];
    const sections = { auth: { htpasswd: { realm: 'r', path } } };
    for (const _ of [1, 2]) expect(await configured(sections, told)).toBeDefined();
    expect(told).toHaveLength(1);
    expect(told[0]).toMatch(/docker.*password [\w-]{43}\n/);
  });

  it.each<[string, Sections, RegExp]>([
    [
      'a missing htpasswd file, when strict',
      { auth: { htpasswd: { realm: 'r', path: '/nowhere/htpasswd' } }, outrigger: { profile: 'strict' } },
      /auth\.htpasswd\.path: ENOENT/,
    ],
    [
      'a missing key set',
      { auth: { token: { realm: 'r', service: 's', issuer: 'i', jwks: '/nowhere/jwks' } } },
      /auth\.token: ENOENT/,
    ],
    [
      'a pattern that is no pattern',
      { outrigger: { access: { rules: [{ repositories: ['(a+)+'], users: ['*'], actions: ['read'] }] } } },
      /outrigger\.access\.rules/,
    ],
    [
      'identities without certificates',
      { outrigger: { tls: { clientIdentity: 'cn' } } },
      /http\.tls\.clientcas/,
    ],
  ])('%s is refused', async (_, sections, message) => {
    await expect(configured(sections)).rejects.toThrow(message);
  });

  async function challenge(sections: Sections, headers: Record<string, string>): Promise<string | null> {
    const { port } = await runServer({ registry: await handlerFor(await configured(sections)) });
    const answer = await fetch(`http://localhost:${String(port)}/v2/`, { headers });
    return answer.headers.get('www-authenticate');
  }

  async function redirecting(http: Record<string, unknown>, own: Record<string, unknown>): Promise<Sections> {
    const rootcertbundle = join(await temporaryDirectory(), 'roots.pem');
    await writeFile(rootcertbundle, ca.certificate);
    const token = { realm: 'https://realm/t', service: 's', issuer: 'i', rootcertbundle, autoredirect: true };
    return { auth: { token }, http, outrigger: own };
  }

  it('autoredirect leads to the configured host, whatever a request says', async () => {
    const sections = await redirecting({ host: 'https://registry.example.com' }, { profile: 'strict' });
    expect(await challenge(sections, { 'x-forwarded-proto': 'http' })).toBe(
      'Bearer realm="https://registry.example.com/auth/token",service="s"',
    );
  });

  it('autoredirect leads to the host that was asked where none is configured, as in Distribution', async () => {
    const found = await challenge(await redirecting({}, {}), { 'x-forwarded-proto': 'http' });
    expect(found).toMatch(/^Bearer realm="http:\/\/localhost:\d+\/auth\/token",service="s"$/);
    await expect(redirecting({}, { profile: 'strict' }).then(configured)).rejects.toThrow(/http\.host/);
  });
});
