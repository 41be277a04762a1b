import { createHash } from 'node:crypto';
import type { Digest } from '../reference/digest.js';
import { tryParseDigest } from '../reference/digest.js';

/**
 * What the collector may delete, as text: `sha256:<hex>` is content with all links of blobs to it,
 * `<repository>@sha256:<hex>` is a manifest's membership of one repository.
 */
export type GarbageKey = string;

export function manifestKey(name: string, digest: string): GarbageKey {
  return `${name}@${digest}`;
}

/** The parts of a key: without a name it is content. */
export function parseKey(key: GarbageKey): { readonly name: string | undefined; readonly digest: Digest } {
  const at = key.indexOf('@');
  const digest = tryParseDigest(key.slice(at + 1));
  if (digest === undefined) throw new TypeError(`not a key of the garbage collection: ${key}`);
  return { name: at === -1 ? undefined : key.slice(0, at), digest };
}

/** A name for a key that every driver can hold: repository names have slashes. */
export function keyHash(key: GarbageKey): string {
  return createHash('sha256').update(key).digest('hex');
}
