import type { KeyObject } from 'node:crypto';
import { createHmac, generateKeyPairSync, randomBytes, sign as signBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TokenOptions } from '../../src/auth/token/token.js';
import { createToken } from '../../src/auth/token/token.js';
import type { Authenticator } from '../../src/auth/authenticator.js';
import type { TestRegistry } from '../registry-fixture.js';
import { pushImage, startRegistry } from '../registry-fixture.js';
import { createAccess } from '../../src/access/create-access.js';
import { recordLines, temporaryDirectory } from './auth-fixture.js';

export const ISSUER = 'https://auth.example.com';
export const SERVICE = 'registry.example.com';
export const REALM = 'https://auth.example.com/token';

export interface Pair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

/** One of each kind; made once, since that takes a while. */
export const KEYS = {
  rsa: generateKeyPairSync('rsa', { modulusLength: 2048 }),
  p256: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  p384: generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  p521: generateKeyPairSync('ec', { namedCurve: 'P-521' }),
  ed25519: generateKeyPairSync('ed25519'),
} as const satisfies Record<string, Pair>;

export const SECRET = randomBytes(64);

export function jwkOf({ publicKey }: Pair, kid: string): Record<string, unknown> {
  return { ...publicKey.export({ format: 'jwk' }), kid };
}

export function allKeys(): Record<string, unknown>[] {
  const pairs = Object.entries(KEYS).map(([kid, pair]) => jwkOf(pair, kid));
  return [...pairs, { kty: 'oct', k: SECRET.toString('base64url'), kid: 'secret' }];
}

export function encode(value: unknown): string {
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
}

/** Signs by hand, whatever makes sense or does not. */
export function signature(alg: string, key: Pair | Buffer, text: string): Buffer {
  const hash = `sha${/[0-9]+$/.exec(alg)?.[0] ?? '256'}`;
  if (Buffer.isBuffer(key)) return createHmac(hash, key).update(text).digest();
  const data = Buffer.from(text);
  const { privateKey } = key;
  if (alg === 'EdDSA') return signBytes(null, data, privateKey);
  if (alg.startsWith('ES')) return signBytes(hash, data, { key: privateKey, dsaEncoding: 'ieee-p1363' });
  const isPss = alg.startsWith('PS');
  return signBytes(hash, data, isPss ? { key: privateKey, padding: 6, saltLength: -1 } : privateKey);
}

export function makeToken(
  header: Record<string, unknown>,
  claims: unknown,
  key: Pair | Buffer = KEYS.p256,
): string {
  const text = `${encode(header)}.${encode(claims)}`;
  return `${text}.${signature(String(header.alg), key, text).toString('base64url')}`;
}

const SECONDS = Math.floor(Date.now() / 1000);

/** Claims that let one pull `a/b`, with changes. */
export function claims(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    iss: ISSUER,
    aud: SERVICE,
    sub: 'alice',
    exp: SECONDS + 300,
    nbf: SECONDS - 10,
    iat: SECONDS,
    access: [{ type: 'repository', name: 'a/b', actions: ['pull'] }],
    ...changes,
  };
}

export const GOOD_HEADER = { alg: 'ES256', kid: 'p256', typ: 'JWT' };

export async function startToken(
  options: Partial<TokenOptions> = {},
  keys = allKeys(),
): Promise<{ authenticator: Authenticator; jwks: string }> {
  const jwks = join(await temporaryDirectory(), 'jwks.json');
  await writeFile(jwks, JSON.stringify({ keys }));
  const { log } = recordLines();
  const settings = { realm: REALM, service: SERVICE, issuer: ISSUER, jwks, log, ...options };
  return { authenticator: await createToken(settings), jwks };
}

/** A registry with an image `a/b:1`, behind token authentication. */
export async function startTokenRegistry(
  options: Partial<TokenOptions> = {},
  keys = allKeys(),
): Promise<TestRegistry & { jwks: string }> {
  const open = await startRegistry();
  await pushImage(open, 'a/b', '1');
  const { authenticator, jwks } = await startToken(options, keys);
  const registry = await startRegistry({ driver: open.driver, access: createAccess({ authenticator }) });
  return { ...registry, jwks };
}

export function bearer(token: string): { headers: Record<string, string> } {
  return { headers: { authorization: `Bearer ${token}` } };
}
