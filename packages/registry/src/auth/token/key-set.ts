import type { KeyObject } from 'node:crypto';
import { createPublicKey, createSecretKey } from 'node:crypto';
import type { SigningAlgorithm } from './signing-algorithm.js';
import { algorithmsOf } from './signing-algorithm.js';
import { thumbprint } from './thumbprint.js';

/** A key that may have signed a token. */
export interface TrustedKey {
  readonly key: KeyObject;
  readonly algorithms: readonly SigningAlgorithm[];
}

/** Keys by the id that a token names. */
export type KeySet = ReadonlyMap<string, TrustedKey>;

export interface KeySetOptions {
  /** Whether the set may hold symmetric keys: never where it comes from a server. */
  readonly symmetric: boolean;
}

/**
 * Reads a JSON Web Key Set (RFC 7517). Keys that are of no use for signing are left out; one without an id has its
 * thumbprint for an id.
 *
 * @throws Error that holds nothing of the keys
 */
export function parseKeySet(content: string, options: KeySetOptions): KeySet {
  const keys = new Map<string, TrustedKey>();
  for (const jwk of readKeys(content)) {
    if (jwk.use !== undefined && jwk.use !== 'sig') continue;
    if (jwk.kty === 'oct' && !options.symmetric) continue;
    const key = importKey(jwk);
    const algorithms = algorithmsOf(key).filter((each) => jwk.alg === undefined || jwk.alg === each);
    const id = typeof jwk.kid === 'string' ? jwk.kid : thumbprint(key);
    if (id !== undefined && algorithms.length > 0) keys.set(id, { key, algorithms });
  }
  return keys;
}

type Jwk = Readonly<Record<string, unknown>>;

function readKeys(content: string): readonly Jwk[] {
  const set = parseJson(content) as { keys?: unknown } | null;
  if (set === null || typeof set !== 'object' || !Array.isArray(set.keys))
    throw new Error('not a JSON Web Key Set');
  return set.keys.filter((each: unknown): each is Jwk => typeof each === 'object' && each !== null);
}

function parseJson(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    // The parser's message quotes the text, which may hold a secret.
    throw new Error('not valid JSON');
  }
}

function importKey(jwk: Jwk): KeyObject {
  if (jwk.kty === 'oct') return importSecret(jwk.k);
  try {
    // Of a private key, the public part.
    return createPublicKey({ key: jwk, format: 'jwk' });
  } catch {
    throw new Error('a key of the set cannot be read');
  }
}

/** RFC 7518, 3.2: at least as long as the shortest hash. */
const MIN_SECRET_BYTES = 32;

function importSecret(value: unknown): KeyObject {
  const secret = Buffer.from(typeof value === 'string' ? value : '', 'base64url');
  if (secret.length < MIN_SECRET_BYTES)
    throw new Error('a symmetric key of the set is shorter than 32 bytes');
  return createSecretKey(secret);
}
