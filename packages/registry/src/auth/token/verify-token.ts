import { AccessError } from '../../access/access-error.js';
import type { Proof } from '../verified.js';
import { chainKey } from './certificates.js';
import { parseAccess } from './claims.js';
import type { KeyRing } from './key-ring.js';
import type { TrustedKey } from './key-set.js';
import type { SigningAlgorithm } from './signing-algorithm.js';

export interface TokenRules {
  readonly issuer: string;
  /** The audience that a token must be for. */
  readonly service: string;
  readonly algorithms: readonly SigningAlgorithm[];
  /** The longest time that a token may still be good for, in seconds; undefined: any. */
  readonly maxLifeSeconds?: number | undefined;
}

export type Jose = Pick<typeof import('jose'), 'decodeProtectedHeader' | 'jwtVerify'>;

/** As in Distribution. */
const LEEWAY_SECONDS = 60;
const MAX_TOKEN_BYTES = 8 * 1024;
/** A verified token need not be verified again for so long. */
const VERIFIED_MS = 60_000;

/** The token names a key that is not known. */
export class UnknownKeyError extends AccessError {
  constructor() {
    super('INVALID', { reason: 'the token is signed with a key that is not trusted' });
  }
}

/**
 * Verifies a JSON Web Token.
 *
 * @param time - milliseconds since 1970
 * @throws AccessError INVALID with a reason that holds nothing of the token
 */
export async function verifyToken(
  token: string,
  ring: KeyRing,
  rules: TokenRules,
  { jose, time }: { jose: Jose; time: number },
): Promise<Proof> {
  if (token.length > MAX_TOKEN_BYTES) throw invalid('the token is larger than 8 KiB');
  const header = readHeader(token, jose);
  const algorithm = rules.algorithms.find((each) => each === header.alg);
  if (algorithm === undefined) throw invalid('the algorithm of the token is not allowed');
  const trusted = findKey(header, ring, time);
  if (trusted === undefined) throw new UnknownKeyError();
  if (!trusted.algorithms.includes(algorithm)) throw invalid('the key is not for the algorithm of the token');
  const { payload } = await verify(token, trusted, algorithm, { jose, rules, time });
  const { sub, exp = 0 } = payload;
  const grants = parseAccess(payload.access);
  if (grants === undefined) throw invalid('the claim access is malformed');
  if (sub !== undefined && typeof sub !== 'string') throw invalid('the claim sub is malformed');
  const { maxLifeSeconds = Infinity } = rules;
  if (exp - time / 1000 > maxLifeSeconds) throw invalid('the token is good for longer than is allowed');
  const until = Math.min(time + VERIFIED_MS, (exp + LEEWAY_SECONDS) * 1000);
  return { subject: { user: sub === '' ? undefined : sub, grants }, until };
}

type Header = Readonly<Record<string, unknown>>;

function readHeader(token: string, jose: Jose): Header {
  try {
    return { ...jose.decodeProtectedHeader(token) };
  } catch {
    throw invalid('the token is malformed');
  }
}

/**
 * As Distribution looks for it: by a chain of certificates, or by the id of a key. A key that the token itself brings is
 * never used; `jku` and `x5u` are never followed.
 */
function findKey({ x5c, jwk, kid }: Header, { keys, roots }: KeyRing, time: number): TrustedKey | undefined {
  if (x5c !== undefined) return chainKey(x5c, roots, time);
  const inner = typeof jwk === 'object' && jwk !== null ? (jwk as Header) : undefined;
  if (inner?.x5c !== undefined) return chainKey(inner.x5c, roots, time);
  const id = inner === undefined ? kid : inner.kid;
  return typeof id === 'string' ? keys.get(id) : undefined;
}

async function verify(
  token: string,
  { key }: TrustedKey,
  algorithm: SigningAlgorithm,
  { jose, rules, time }: { jose: Jose; rules: TokenRules; time: number },
): ReturnType<Jose['jwtVerify']> {
  try {
    return await jose.jwtVerify(token, key, {
      algorithms: [algorithm],
      issuer: rules.issuer,
      audience: rules.service,
      clockTolerance: LEEWAY_SECONDS,
      requiredClaims: ['exp'],
      currentDate: new Date(time),
    });
  } catch (error) {
    // The codes of jose are a closed set, and say nothing of the content.
    throw invalid(error instanceof Error && 'code' in error ? String(error.code) : 'the token is not valid');
  }
}

function invalid(reason: string): AccessError {
  return new AccessError('INVALID', { reason });
}
