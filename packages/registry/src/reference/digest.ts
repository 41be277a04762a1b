import { createHash } from 'node:crypto';
import { RegistryError } from '../registry-error.js';

/** The algorithms whose content is stored, each under its own name. */
export type Algorithm = 'sha256' | 'sha512';

/** The algorithm of a manifest that is pushed by its tag. */
export const CANONICAL: Algorithm = 'sha256';

/** A checked content digest (image-spec, descriptor.md#digests). */
export interface Digest {
  readonly algorithm: Algorithm;
  /** Lowercase, of the algorithm's full length. */
  readonly hex: string;
  /** `algorithm:hex`. */
  readonly text: string;
}

/** @throws RegistryError DIGEST_INVALID when `text` is no digest of a known algorithm */
export function parseDigest(text: string): Digest {
  const digest = tryParseDigest(text);
  if (digest !== undefined) return digest;
  const shown = text.length > 160 ? `${text.slice(0, 160)}...` : text;
  throw new RegistryError('DIGEST_INVALID', 'not a digest of sha256 or sha512', { digest: shown });
}

/** As {@link parseDigest}; undefined instead of an error. */
export function tryParseDigest(text: string): Digest | undefined {
  const colon = text.indexOf(':');
  const algorithm = text.slice(0, Math.max(0, colon));
  if (!isAlgorithm(algorithm) || text.length !== colon + 1 + HEX_LENGTH[algorithm]) return undefined;
  const hex = text.slice(colon + 1);
  return HEX_PATTERN.test(hex) ? { algorithm, hex, text } : undefined;
}

export function isAlgorithm(name: string): name is Algorithm {
  return name === 'sha256' || name === 'sha512';
}

/** The digest of `content`. */
export function digestOf(content: Uint8Array, algorithm: Algorithm = CANONICAL): Digest {
  return toDigest(algorithm, createHash(algorithm).update(content).digest('hex'));
}

/** @param hex - of the algorithm's length, as a hash gives it */
export function toDigest(algorithm: Algorithm, hex: string): Digest {
  return { algorithm, hex, text: `${algorithm}:${hex}` };
}

const HEX_LENGTH: Readonly<Record<Algorithm, number>> = { sha256: 64, sha512: 128 };
const HEX_PATTERN = /^[0-9a-f]+$/;
