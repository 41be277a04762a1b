import { parseIdentity } from '../../../src/serve/acme/identity.js';
import type { Identity } from '../../../src/serve/acme/identity.js';
import type { CertificateOptions, Issued } from '../../certificates.js';
import { issue } from '../../certificates.js';

export const HOST = 'registry.example.org';

/** A cache that Go's autocert has written, see its README. */
export const AUTOCERT = new URL('autocert/', import.meta.url);

export function identityOf({ key, certificate }: Issued): Identity {
  const identity = parseIdentity(key + certificate, HOST);
  if (identity === undefined) throw new Error('not a certificate of the host');
  return identity;
}

/** A certificate of the host, by default for the next 90 days. */
export function issueIdentity(options: Partial<CertificateOptions> = {}): Identity {
  const [from, to] = [new Date(), new Date(Date.now() + 90 * 86_400_000)];
  return identityOf(issue({ commonName: HOST, host: HOST, from, to, ...options }));
}
