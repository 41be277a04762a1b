import { rename, writeFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import type { Need } from '../../src/access/need.js';
import { isAccessError } from '../../src/access/access-error.js';
import { parseAccess } from '../../src/auth/token/claims.js';
import type { SigningAlgorithm } from '../../src/auth/token/signing-algorithm.js';
import { SIGNING_ALGORITHMS } from '../../src/auth/token/signing-algorithm.js';
import { parseKeySet } from '../../src/auth/token/key-set.js';
import { createRemoteKeys } from '../../src/auth/token/remote-keys.js';
import type { TestRegistry } from '../registry-fixture.js';
import { fakeClock, recordLines } from './auth-fixture.js';
import type { Pair } from './token-fixture.js';
import {
  KEYS,
  REALM,
  SECRET,
  SERVICE,
  bearer,
  claims,
  jwkOf,
  makeToken,
  startToken,
  startTokenRegistry,
} from './token-fixture.js';

const KEY_OF: Readonly<Record<SigningAlgorithm, [string, Pair | Buffer]>> = {
  EdDSA: ['ed25519', KEYS.ed25519],
  HS256: ['secret', SECRET],
  HS384: ['secret', SECRET],
  HS512: ['secret', SECRET],
  RS256: ['rsa', KEYS.rsa],
  RS384: ['rsa', KEYS.rsa],
  RS512: ['rsa', KEYS.rsa],
  ES256: ['p256', KEYS.p256],
  ES384: ['p384', KEYS.p384],
  ES512: ['p521', KEYS.p521],
  PS256: ['rsa', KEYS.rsa],
  PS384: ['rsa', KEYS.rsa],
  PS512: ['rsa', KEYS.rsa],
};

const PULL: Need = { type: 'repository', name: 'a/b', action: 'pull' };

function tokenBy(alg: SigningAlgorithm): string {
  const [kid, key] = KEY_OF[alg];
  return makeToken({ alg, kid }, claims(), key);
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'none',
    (error: unknown) => (isAccessError(error) ? error.code : String(error)),
  );
}

describe('signing algorithms', () => {
  test.each(SIGNING_ALGORITHMS)('%s', async (alg) => {
    const { authenticator } = await startToken();
    const subject = await authenticator.authenticate(`Bearer ${tokenBy(alg)}`, '');
    expect(subject?.user).toBe('alice');
    expect(subject?.grants?.(PULL)).toBe(true);
  });

  test('only those of the configuration are taken', async () => {
    const { authenticator } = await startToken({ signingAlgorithms: ['ES256', 'HS512'] });
    for (const alg of SIGNING_ALGORITHMS) {
      const expected = alg === 'ES256' || alg === 'HS512' ? 'none' : 'INVALID';
      expect([alg, await codeOf(authenticator.authenticate(`Bearer ${tokenBy(alg)}`, ''))]).toEqual([
        alg,
        expected,
      ]);
    }
  });

  test('only that of the key is taken where it names one', async () => {
    const { authenticator } = await startToken({}, [{ ...jwkOf(KEYS.rsa, 'rsa'), alg: 'PS256' }]);
    expect(await codeOf(authenticator.authenticate(`Bearer ${tokenBy('PS256')}`, ''))).toBe('none');
    expect(await codeOf(authenticator.authenticate(`bearer ${tokenBy('RS256')}`, ''))).toBe('INVALID');
  });
});

describe('keys', () => {
  test('a new key set is in use after a moment, and what the old one verified is forgotten', async () => {
    const clock = fakeClock();
    const exp = clock.now() / 1000 + 3600;
    const { authenticator, jwks } = await startToken({ now: clock.now }, [jwkOf(KEYS.p256, 'old')]);
    const old = `Bearer ${makeToken({ alg: 'ES256', kid: 'old' }, claims({ exp, nbf: 0 }))}`;
    const next = `Bearer ${makeToken({ alg: 'ES384', kid: 'new' }, claims({ exp, nbf: 0 }), KEYS.p384)}`;
    expect(await codeOf(authenticator.authenticate(old, ''))).toBe('none');
    expect(await codeOf(authenticator.authenticate(next, ''))).toBe('INVALID');
    await writeFile(`${jwks}.new`, JSON.stringify({ keys: [jwkOf(KEYS.p384, 'new')] }));
    await rename(`${jwks}.new`, jwks);
    clock.advance(3);
    expect(await codeOf(authenticator.authenticate(old, ''))).toBe('INVALID');
    expect(await codeOf(authenticator.authenticate(next, ''))).toBe('none');
  });

  test('a token that was verified once ends when it says so', async () => {
    const clock = fakeClock();
    const { authenticator } = await startToken({ now: clock.now });
    const exp = clock.now() / 1000 + 30;
    const token = `Bearer ${makeToken({ alg: 'ES256', kid: 'p256' }, claims({ exp, nbf: 0 }))}`;
    expect(await codeOf(authenticator.authenticate(token, ''))).toBe('none');
    clock.advance(89);
    expect(await codeOf(authenticator.authenticate(token, ''))).toBe('none');
    clock.advance(2);
    expect(await codeOf(authenticator.authenticate(token, ''))).toBe('INVALID');
  });

  test('a private key in the set is good for its public part alone', async () => {
    const jwk = { ...KEYS.rsa.privateKey.export({ format: 'jwk' }), kid: 'rsa' };
    expect(parseKeySet(JSON.stringify({ keys: [jwk] }), { symmetric: true }).get('rsa')?.key.type).toBe(
      'public',
    );
  });

  test.each([
    ['no JSON', 'secret{', 'not valid JSON'],
    ['no set', '[]', 'not a JSON Web Key Set'],
    ['nothing', 'null', 'not a JSON Web Key Set'],
    ['a broken key', '{"keys":[{"kty":"RSA","n":"x"}]}', 'a key of the set cannot be read'],
    ['a short secret', '{"keys":[{"kty":"oct","k":"c2VjcmV0"}]}', 'shorter than 32 bytes'],
  ])('a key set that is %s is refused without a word of it', (_, content, message) => {
    expect(() => parseKeySet(content, { symmetric: true })).toThrow(message);
    expect(() => parseKeySet(content, { symmetric: true })).not.toThrow('c2VjcmV0');
  });

  test('keys that cannot sign, and secrets of a server, are left out', () => {
    const keys = [
      { ...jwkOf(KEYS.p256, 'enc'), use: 'enc' },
      { kty: 'oct', k: SECRET.toString('base64url'), kid: 'secret' },
      jwkOf(KEYS.p384, 'p384'),
    ];
    expect([...parseKeySet(JSON.stringify({ keys }), { symmetric: false }).keys()]).toEqual(['p384']);
  });

  test('there must be a key', async () => {
    await expect(startToken({}, [])).rejects.toThrow('no key');
    await expect(startToken({ jwks: undefined })).rejects.toThrow('no key');
    await expect(startToken({ jwks: '/nowhere/jwks.json' })).rejects.toThrow('ENOENT');
  });

  test('keys of a server are asked for by https alone, and rarely', async () => {
    const { log, lines } = recordLines();
    const clock = fakeClock();
    // Nothing listens there.
    const keys = createRemoteKeys('https://127.0.0.1:1/keys', { log, now: clock.now });
    for (const _ of [1, 2, 3]) expect(await codeOf(keys.renewed())).toBe('UNAVAILABLE');
    expect(lines).toHaveLength(1);
    clock.advance(31);
    expect(await codeOf(keys.current())).toBe('UNAVAILABLE');
    expect(lines).toHaveLength(2);
  });
});

describe('challenges', () => {
  /** As Distribution 3 writes them. */
  async function challengeOf(registry: TestRegistry, method: string, path: string): Promise<string | null> {
    const answer = await registry.call(method, path);
    expect(answer.status).toBe(401);
    return answer.headers.get('www-authenticate');
  }

  test('realm, service and scope', async () => {
    const registry = await startTokenRegistry();
    const start = `Bearer realm="${REALM}",service="${SERVICE}"`;
    const digest = `sha256:${'0'.repeat(64)}`;
    const table: [string, string, string][] = [
      ['GET', '', start],
      ['GET', '_catalog', `${start},scope="registry:catalog:*"`],
      ['HEAD', 'a/b/manifests/1', `${start},scope="repository:a/b:pull"`],
      ['PUT', 'a/b/manifests/1', `${start},scope="repository:a/b:pull,push"`],
      ['DELETE', 'a/b/manifests/1', `${start},scope="repository:a/b:delete"`],
      ['POST', 'a/b/blobs/uploads/', `${start},scope="repository:a/b:pull,push"`],
      [
        'POST',
        `a/b/blobs/uploads/?mount=${digest}&from=c/d`,
        `${start},scope="repository:a/b:pull,push repository:c/d:pull"`,
      ],
      ['DELETE', `a/b/blobs/${digest}`, `${start},scope="repository:a/b:delete"`],
      ['GET', 'a/b/tags/list', `${start},scope="repository:a/b:pull"`],
      ['GET', `a/b/referrers/${digest}`, `${start},scope="repository:a/b:pull"`],
    ];
    for (const [method, path, expected] of table)
      expect(await challengeOf(registry, method, path)).toBe(expected);
  });

  test('S13: nothing of a request is in it', async () => {
    const registry = await startTokenRegistry({ realm: 'https://x/\u00e9"', service: 'a\\b' });
    const headers = {
      'x-forwarded-host': 'evil.com',
      'x-forwarded-proto': 'gopher',
      forwarded: 'host=evil.com',
    };
    const answer = await registry.call('GET', '', { headers });
    const found = answer.headers.get('www-authenticate');
    expect(found).toBe('Bearer realm="https://x/%C3%A9\\"",service="a\\\\b"');
  });

  test('the records of what is wanted are those of Distribution', async () => {
    const registry = await startTokenRegistry();
    const answer = await registry.call('PUT', 'a/b/manifests/1');
    expect(await answer.json()).toEqual({
      errors: [
        {
          code: 'UNAUTHORIZED',
          message: 'authentication required',
          detail: [
            { Type: 'repository', Class: '', Name: 'a/b', Action: 'pull' },
            { Type: 'repository', Class: '', Name: 'a/b', Action: 'push' },
          ],
        },
      ],
    });
  });
});

test('the catalog is all there for a token that grants it, and not for others', async () => {
  const registry = await startTokenRegistry();
  const access = [{ type: 'registry', name: 'catalog', actions: ['*'] }];
  const call = async (changes: Record<string, unknown>) =>
    registry.call('GET', '_catalog', bearer(makeToken({ alg: 'ES256', kid: 'p256' }, claims(changes))));
  expect(await (await call({ access })).json()).toEqual({ repositories: ['a/b'] });
  expect((await call({})).status).toBe(401);
  expect((await call({ access: [{ type: 'registry', name: 'catalog', actions: ['pull'] }] })).status).toBe(
    401,
  );
});

test('claims are compared as they are', () => {
  const grants = parseAccess([null, { type: 'repository', name: 'a', actions: ['push'] }]);
  const has = (action: Extract<Need, { type: 'repository' }>['action']) =>
    grants?.({ type: 'repository', name: 'a', action });
  expect([has('push'), has('create'), has('update')]).toEqual([true, true, true]);
  expect([has('pull'), has('delete'), has('list')]).toEqual([false, false, false]);
});
