import type { KeyObject } from 'node:crypto';

/** Those of Distribution's documentation, which are all of JWS but `none`. */
export const SIGNING_ALGORITHMS = [
  'EdDSA',
  ...(['HS256', 'HS384', 'HS512'] as const),
  ...(['RS256', 'RS384', 'RS512'] as const),
  ...(['ES256', 'ES384', 'ES512'] as const),
  ...(['PS256', 'PS384', 'PS512'] as const),
] as const;

export type SigningAlgorithm = (typeof SIGNING_ALGORITHMS)[number];

/**
 * The algorithms that a key is for. What a token says of its algorithm is never believed beyond them: a public key is no
 * secret to sign with.
 */
export function algorithmsOf(key: KeyObject): readonly SigningAlgorithm[] {
  if (key.type === 'secret') return ['HS256', 'HS384', 'HS512'];
  const { modulusLength = 0, namedCurve = '' } = key.asymmetricKeyDetails ?? {};
  switch (key.asymmetricKeyType) {
    case 'rsa':
      return modulusLength < MIN_RSA_BITS ? [] : ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'];
    case 'ec':
      return CURVES.get(namedCurve) ?? [];
    case 'ed25519':
      return ['EdDSA'];
    default:
      return [];
  }
}

/** RFC 7518, 3.3. */
const MIN_RSA_BITS = 2048;

const CURVES: ReadonlyMap<string, readonly SigningAlgorithm[]> = new Map([
  ['prime256v1', ['ES256']],
  ['secp384r1', ['ES384']],
  ['secp521r1', ['ES512']],
]);
