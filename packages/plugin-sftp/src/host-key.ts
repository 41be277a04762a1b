import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { InvalidParametersError } from '@outrigger/driver';
import { DRIVER_NAME } from './config.js';
import { findKnown } from './known-hosts.js';

/** Which keys of a server are the right ones. */
export interface HostKeys {
  /** @param key - as the server shows it (RFC 4253, 6.6) */
  accepts(key: Buffer): boolean;
  /** The types of keys that are known, so that the server is asked for one of them; empty: any. */
  readonly types: readonly string[];
}

const FINGERPRINT = /^SHA256:([A-Za-z0-9+/]{43})=?$/;

/**
 * Of the parameter `hostkey`: fingerprints, or the path of a known_hosts file.
 *
 * @throws InvalidParametersError
 */
export function loadHostKeys(given: string, host: string, port: number): HostKeys {
  const words = given.split(/[\s,]+/).filter((word) => word !== '');
  if (words.some((word) => FINGERPRINT.test(word))) return fromFingerprints(words);
  if (/^(SHA256|MD5):/i.test(given)) throw refuse('a fingerprint is SHA256: and 43 characters of base64');
  return fromFile(given, host, port);
}

/** As `ssh-keygen -l` prints it. */
export function fingerprintOf(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=$/, '')}`;
}

/** The type is the first string of a key. */
export function keyTypeOf(key: Buffer): string {
  return key.length < 4 ? '' : key.toString('latin1', 4, 4 + Math.min(64, key.readUInt32BE(0)));
}

function fromFingerprints(words: readonly string[]): HostKeys {
  const wrong = words.filter((word) => !FINGERPRINT.test(word));
  if (wrong.length > 0) throw refuse('not every word of it is a fingerprint SHA256:…');
  const known = new Set(words.map((word) => word.replace(/=$/, '')));
  return { types: [], accepts: (key) => known.has(fingerprintOf(key)) };
}

function fromFile(file: string, host: string, port: number): HostKeys {
  const { keys, revoked } = findKnown(readText(file), host, port);
  if (keys.length === 0) throw refuse('the known_hosts file has no key of this host and port');
  const has = (list: readonly Buffer[], key: Buffer) => list.some((each) => each.equals(key));
  return {
    types: [...new Set(keys.map(keyTypeOf))],
    accepts: (key) => has(keys, key) && !has(revoked, key),
  };
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    throw refuse(`is no fingerprint SHA256:…, and no known_hosts file can be read at that path (${code})`);
  }
}

function refuse(message: string): InvalidParametersError {
  return new InvalidParametersError(DRIVER_NAME, [{ key: 'hostkey', message }]);
}
