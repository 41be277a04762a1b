import { expect, test } from 'vitest';
import { errorCode } from '../registry-fixture.js';
import { randomBytes } from 'node:crypto';
import {
  GOOD_HEADER,
  ISSUER,
  KEYS,
  REALM,
  SECRET,
  SERVICE,
  bearer,
  claims,
  encode,
  jwkOf,
  makeToken,
  startTokenRegistry,
} from './token-fixture.js';

const SCOPE = 'scope="repository:a/b:pull"';
const PLAIN = `Bearer realm="${REALM}",service="${SERVICE}",${SCOPE}`;
const INVALID = `${PLAIN},error="invalid_token"`;
const INSUFFICIENT = `${PLAIN},error="insufficient_scope"`;

const SIGNED_WITH_RSA_PEM = Buffer.from(KEYS.rsa.publicKey.export({ type: 'spki', format: 'pem' }));
const [HEAD = '', BODY = '', MARK = ''] = makeToken(GOOD_HEADER, claims()).split('.');
const FORGED = randomBytes(32);

/** Table S10: none of these is a token. */
const FORGERIES: [string, string][] = [
  ['alg none', `${encode({ alg: 'none' })}.${encode(claims())}.`],
  ['alg None', `${encode({ alg: 'None', kid: 'p256' })}.${encode(claims())}.`],
  ['alg nOnE with a signature', makeToken({ alg: 'nOnE', kid: 'secret' }, claims(), SECRET)],
  [
    'HS256 with the RSA public key in PEM for a secret',
    makeToken({ alg: 'HS256', kid: 'rsa' }, claims(), SIGNED_WITH_RSA_PEM),
  ],
  [
    'HS256 with the RSA public key in DER for a secret',
    makeToken(
      { alg: 'HS256', kid: 'rsa' },
      claims(),
      KEYS.rsa.publicKey.export({ type: 'spki', format: 'der' }),
    ),
  ],
  [
    'HS256 with the EC public key as JSON for a secret',
    makeToken({ alg: 'HS256', kid: 'p256' }, claims(), Buffer.from(JSON.stringify(jwkOf(KEYS.p256, 'p256')))),
  ],
  ['HS256 with an empty secret', makeToken({ alg: 'HS256', kid: 'secret' }, claims(), Buffer.alloc(0))],
  ['header jwk, of its own', makeToken({ alg: 'ES384', jwk: jwkOf(KEYS.p384, 'mine') }, claims(), KEYS.p384)],
  [
    'header jwk, of its own under a trusted id',
    makeToken({ alg: 'ES256', jwk: jwkOf(KEYS.p384, 'p256') }, claims(), KEYS.p384),
  ],
  [
    'header jwk, a secret',
    makeToken({ alg: 'HS256', jwk: { kty: 'oct', k: encode('x') } }, claims(), FORGED),
  ],
  ['header jku', makeToken({ alg: 'ES256', jku: 'http://127.0.0.1/keys' }, claims())],
  ['header x5u', makeToken({ alg: 'ES256', x5u: 'http://127.0.0.1/cert' }, claims())],
  ['header x5c, garbage', makeToken({ alg: 'ES256', kid: 'p256', x5c: ['AAAA'] }, claims())],
  ['header x5c, empty', makeToken({ alg: 'ES256', kid: 'p256', x5c: [] }, claims())],
  ['header x5c, no list', makeToken({ alg: 'ES256', kid: 'p256', x5c: 'AAAA' }, claims())],
  ['no kid', makeToken({ alg: 'ES256' }, claims())],
  ['kid that is a path', makeToken({ alg: 'HS256', kid: '../../dev/null' }, claims(), Buffer.alloc(0))],
  ['kid that is SQL', makeToken({ alg: 'HS256', kid: "' UNION SELECT 'k" }, claims(), Buffer.from('k'))],
  ['kid of the prototype', makeToken({ alg: 'HS256', kid: '__proto__' }, claims(), FORGED)],
  ['kid that is no text', makeToken({ alg: 'ES256', kid: ['p256'] }, claims())],
  ['another key of the same kind', makeToken({ alg: 'HS256', kid: 'secret' }, claims(), FORGED)],
  [
    'another kind of key: RS256 with the id of an EC key',
    makeToken({ alg: 'RS256', kid: 'p256' }, claims(), KEYS.rsa),
  ],
  ['another kind of key: ES256 with the id of an RSA key', makeToken({ alg: 'ES256', kid: 'rsa' }, claims())],
  ['another curve', makeToken({ alg: 'ES384', kid: 'p256' }, claims(), KEYS.p384)],
  ['ES256 with a signature of zeros', `${HEAD}.${BODY}.${Buffer.alloc(64).toString('base64url')}`],
  ['ES256 without a signature', `${HEAD}.${BODY}.`],
  ['a changed claim', `${HEAD}.${encode(claims({ sub: 'root' }))}.${MARK}`],
  ['unknown crit', makeToken({ ...GOOD_HEADER, crit: ['x'], x: 1 }, claims())],
  ['crit b64', makeToken({ ...GOOD_HEADER, crit: ['b64'], b64: false }, claims())],
  ['larger than 8 KiB', makeToken(GOOD_HEADER, claims({ pad: 'x'.repeat(9000) }))],
  ['one dot', `${HEAD}.${BODY}`],
  ['four parts', `${HEAD}.${BODY}.${MARK}.${MARK}`],
  ['five parts', `${HEAD}.${BODY}.${MARK}.${MARK}.${MARK}`],
  ['no JSON', `${encode('{')}.${BODY}.${MARK}`],
  ['claims that are no map', makeToken(GOOD_HEADER, [1])],
  ['dots alone', '..'],
];

test('S10: no forged token is taken', async () => {
  const registry = await startTokenRegistry();
  expect(
    (await registry.call('GET', 'a/b/manifests/1', bearer(makeToken(GOOD_HEADER, claims())))).status,
  ).toBe(200);
  for (const [name, token] of FORGERIES) {
    const answer = await registry.call('GET', 'a/b/manifests/1', bearer(token));
    expect([name, answer.status, answer.headers.get('www-authenticate')]).toEqual([name, 401, INVALID]);
    expect(await errorCode(answer)).toBe('UNAUTHORIZED');
  }
});

test('S10: a token of a megabyte never gets so far', async () => {
  const registry = await startTokenRegistry();
  const answer = await registry
    .call('GET', 'a/b/manifests/1', bearer('x'.repeat(1_000_000)))
    .catch(() => undefined);
  expect([431, undefined]).toContain(answer?.status);
});

const now = Math.floor(Date.now() / 1000);
const grant = (name: unknown, actions: unknown, type = 'repository') => ({
  access: [{ type, name, actions }],
});

/** Table S11: what is expected of a request to pull `a/b`. */
const CLAIMS: [string, Record<string, unknown>, 200 | string][] = [
  ['all as it should be', {}, 200],
  ['an audience among others', { aud: ['other', SERVICE] }, 200],
  ['exp less than the leeway ago', { exp: now - 30 }, 200],
  ['nbf less than the leeway ahead', { nbf: now + 30 }, 200],
  ['no nbf', { nbf: undefined }, 200],
  ['exp in the year 9999', { exp: 253_402_300_799 }, 200],
  ['no subject', { sub: undefined }, 200],
  ['every action', grant('a/b', ['*']), 200],
  [
    'the name twice',
    { access: [{ type: 'repository', name: 'a/b', actions: [] }, ...grant('a/b', ['pull']).access] },
    200,
  ],
  ['another audience', { aud: 'other' }, INVALID],
  ['no audience', { aud: undefined }, INVALID],
  ['an empty list of audiences', { aud: [] }, INVALID],
  ['an audience that is no text', { aud: { [SERVICE]: 1 } }, INVALID],
  ['another issuer', { iss: `${ISSUER}.evil.com` }, INVALID],
  ['no issuer', { iss: undefined }, INVALID],
  ['exp longer ago than the leeway', { exp: now - 90 }, INVALID],
  ['no exp', { exp: undefined }, INVALID],
  ['exp that is no number', { exp: '9999999999' }, INVALID],
  ['exp that is negative', { exp: -1 }, INVALID],
  ['nbf further ahead than the leeway', { nbf: now + 90 }, INVALID],
  ['nbf that is no number', { nbf: 'now' }, INVALID],
  ['a subject that is no text', { sub: { name: 'root' } }, INVALID],
  ['access that is no list', { access: 'all' }, INVALID],
  ['access with a name that is no text', grant(['a/b'], ['pull']), INVALID],
  ['access with actions that are no list', grant('a/b', 'pull'), INVALID],
  ['no access', { access: undefined }, INSUFFICIENT],
  ['a pattern for a name', grant('*', ['*']), INSUFFICIENT],
  ['a longer pattern for a name', grant('a/*', ['pull']), INSUFFICIENT],
  ['a repository that begins with the name', grant('a/bc', ['pull']), INSUFFICIENT],
  ['a repository that the name begins with', grant('a', ['pull']), INSUFFICIENT],
  ['the name in capitals', grant('A/B', ['pull']), INSUFFICIENT],
  ['the name with a slash at its end', grant('a/b/', ['pull']), INSUFFICIENT],
  ['another type', grant('a/b', ['pull'], 'registry'), INSUFFICIENT],
  ['another action', grant('a/b', ['push']), INSUFFICIENT],
  ['actions in one text', grant('a/b', ['pull,*']), INSUFFICIENT],
  ['no actions', grant('a/b', []), INSUFFICIENT],
];

test('S11: claims', async () => {
  const registry = await startTokenRegistry();
  for (const [name, changes, expected] of CLAIMS) {
    const token = makeToken(GOOD_HEADER, claims(changes));
    const answer = await registry.call('GET', 'a/b/manifests/1', bearer(token));
    const found = answer.status === 200 ? 200 : answer.headers.get('www-authenticate');
    expect([name, found]).toEqual([name, expected]);
    if (expected !== 200) expect([name, answer.status]).toEqual([name, 401]);
  }
});

test('a token of a strict registry is good for a day at most', async () => {
  const registry = await startTokenRegistry({ maxLifeSeconds: 86_400 });
  const call = async (exp: number) =>
    (await registry.call('GET', 'a/b/manifests/1', bearer(makeToken(GOOD_HEADER, claims({ exp }))))).status;
  expect(await call(now + 3600)).toBe(200);
  expect(await call(253_402_300_799)).toBe(401);
});

test('a request without a token gets the plain challenge, and so does one with a password', async () => {
  const registry = await startTokenRegistry();
  for (const headers of [
    undefined,
    { authorization: 'Basic YTpi' },
    { authorization: 'Bearer' },
    { authorization: 'Bearer ' },
  ]) {
    const answer = await registry.call('GET', 'a/b/manifests/1', headers && { headers });
    expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([401, PLAIN]);
  }
});
