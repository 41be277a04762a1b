import type { KeyObject } from 'node:crypto';
import { createHash } from 'node:crypto';

/** The thumbprint of a public key (RFC 7638, RFC 8037), which is its id where it has no other; undefined for a secret. */
export function thumbprint(key: KeyObject): string | undefined {
  if (key.type !== 'public') return undefined;
  const { kty, crv, e, n, x, y } = key.export({ format: 'jwk' });
  const members = kty === 'RSA' ? { e, kty, n } : kty === 'EC' ? { crv, kty, x, y } : { crv, kty, x };
  return createHash('sha256').update(JSON.stringify(members)).digest('base64url');
}
