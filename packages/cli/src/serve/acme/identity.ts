import type { KeyObject } from 'node:crypto';
import { X509Certificate, createPrivateKey, generateKeyPairSync } from 'node:crypto';

/** A private key with its certificate, and those between it and the root. */
export interface Identity {
  /** PEM. */
  readonly key: string;
  /** PEM, the certificate itself first. */
  readonly chain: string;
  readonly leaf: X509Certificate;
}

/**
 * Reads a file in the form of Go's autocert: the key in PEM, then the certificates.
 *
 * @returns undefined when it is anything else, the key is not that of the certificate, or the certificate is not for the host.
 *   Whether it has expired is another question.
 */
export function parseIdentity(text: string, host: string): Identity | undefined {
  const [key, ...chain] = pemBlocks(text);
  const [first] = chain;
  if (key === undefined || first === undefined || !key.includes('PRIVATE KEY')) return undefined;
  try {
    const leaf = new X509Certificate(first);
    if (!leaf.checkPrivateKey(createPrivateKey(key)) || leaf.checkHost(host) === undefined) return undefined;
    return { key, chain: chain.join(''), leaf };
  } catch {
    // The reason of the library may quote the key.
    return undefined;
  }
}

/** The file that {@link parseIdentity} reads. Go takes nothing behind the last block or between two. */
export function formatIdentity({ key, chain }: Pick<Identity, 'key' | 'chain'>): string {
  return [formatKey(createPrivateKey(key)), ...pemBlocks(chain)].join('');
}

/** As Go writes it: an EC key in the form of SEC 1. */
export function formatKey(key: KeyObject): string {
  return key.export({ type: key.asymmetricKeyType === 'ec' ? 'sec1' : 'pkcs1', format: 'pem' }).toString();
}

export function createKey(): KeyObject {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
}

const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----[^-]+-----END \1-----/g;

function pemBlocks(text: string): string[] {
  return (text.match(BLOCK) ?? []).map((block) => `${block.replaceAll('\r', '')}\n`);
}
