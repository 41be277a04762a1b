import { X509Certificate } from 'node:crypto';
import type { KeySet, TrustedKey } from './key-set.js';
import { algorithmsOf } from './signing-algorithm.js';
import { thumbprint } from './thumbprint.js';

/** Certificates in PEM, whatever else is between them. @throws Error */
export function parseCertificates(content: string): X509Certificate[] {
  const blocks = content.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((block) => new X509Certificate(block));
}

/** The keys of root certificates may sign tokens themselves; a token names them by their thumbprints. */
export function keysOf(roots: readonly X509Certificate[]): KeySet {
  return new Map(
    roots.flatMap(({ publicKey: key }): [string, TrustedKey][] => {
      const id = thumbprint(key);
      const algorithms = algorithmsOf(key);
      return id === undefined || algorithms.length === 0 ? [] : [[id, { key, algorithms }]];
    }),
  );
}

/** Longer chains, or ones with more certificates to choose from, are not looked at. */
const MAX_CHAIN = 8;

/**
 * The key of a certificate that a token brings, if its chain ends at a root and holds at this time; undefined otherwise.
 * Node checks signatures, dates and the CA flag; name constraints and path lengths are not checked.
 *
 * @param chain - base64 of DER, the certificate that signed first (RFC 7515, 4.1.6)
 * @param time - milliseconds since 1970
 */
export function chainKey(
  chain: unknown,
  roots: readonly X509Certificate[],
  time: number,
): TrustedKey | undefined {
  const certificates = readChain(chain);
  const [leaf, ...others] = certificates ?? [];
  if (leaf === undefined || !leadsToRoot(leaf, others, roots, time)) return undefined;
  const key = leaf.publicKey;
  return { key, algorithms: algorithmsOf(key) };
}

function readChain(chain: unknown): X509Certificate[] | undefined {
  if (!Array.isArray(chain) || chain.length === 0 || chain.length > MAX_CHAIN) return undefined;
  try {
    return chain.map((each: unknown) => new X509Certificate(Buffer.from(String(each), 'base64')));
  } catch {
    return undefined;
  }
}

/** Each certificate is looked at once, however many ways lead to it: anybody can send a chain that takes minutes otherwise. */
function leadsToRoot(
  leaf: X509Certificate,
  others: readonly X509Certificate[],
  roots: readonly X509Certificate[],
  time: number,
): boolean {
  const validRoots = roots.filter((root) => isValidAt(root, time));
  const left = new Set(others);
  const queue = [leaf];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    const certificate = next;
    if (!isValidAt(certificate, time)) continue;
    if (roots.some((root) => root.raw.equals(certificate.raw))) return true;
    if (validRoots.some((root) => hasIssued(root, certificate))) return true;
    for (const other of left) {
      if (!hasIssued(other, certificate)) continue;
      left.delete(other);
      queue.push(other);
    }
  }
  return false;
}

function hasIssued(issuer: X509Certificate, certificate: X509Certificate): boolean {
  return issuer.ca && certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

function isValidAt({ validFrom, validTo }: X509Certificate, time: number): boolean {
  return Date.parse(validFrom) <= time && time <= Date.parse(validTo);
}
