import type { X509Certificate } from 'node:crypto';
import type { Logger } from '../../logger.js';
import type { Verified } from '../verified.js';
import { createVerified } from '../verified.js';
import type { WatchedFile } from '../watched-file.js';
import { watchFile } from '../watched-file.js';
import { keysOf, parseCertificates } from './certificates.js';
import type { KeySet } from './key-set.js';
import { parseKeySet } from './key-set.js';
import type { RemoteKeysOptions } from './remote-keys.js';
import { createRemoteKeys } from './remote-keys.js';

/** All that may have signed a token, at one time. */
export interface KeyRing {
  readonly keys: KeySet;
  readonly roots: readonly X509Certificate[];
  /** What was verified with these keys: forgotten with them. */
  readonly verified: Verified;
}

export interface KeyRingOptions extends RemoteKeysOptions {
  /** Path of PEM certificates. */
  readonly rootCertBundle?: string | undefined;
  /** Path of a JSON Web Key Set, or its https URL. */
  readonly jwks?: string | undefined;
}

/** Where the keys come from. */
export interface KeyRings {
  /** @throws AccessError UNAVAILABLE */
  current(): Promise<KeyRing>;
  /** After a key was not in it. The same one when there is nothing new, or it was asked for a moment ago. */
  renewed(): Promise<KeyRing>;
}

/**
 * Reads the keys; they are read again when they change.
 *
 * @throws Error when a file cannot be read or understood, or no key is there at all
 */
export async function openKeyRings(options: KeyRingOptions): Promise<KeyRings> {
  const { rootCertBundle, jwks, log, now } = options;
  const isRemote = jwks !== undefined && /^https:/i.test(jwks);
  const roots =
    rootCertBundle === undefined ? undefined : await open(rootCertBundle, parseCertificates, options);
  const local = jwks === undefined || isRemote ? undefined : await open(jwks, parseLocal, options);
  const remote = isRemote ? createRemoteKeys(jwks, { ...options, log, now }) : undefined;
  const compose = composer(now);

  async function read(renew: boolean): Promise<KeyRing> {
    const certificates = (await roots?.current()) ?? NO_ROOTS;
    const fetched = renew ? remote?.renewed() : remote?.current();
    return compose(certificates, (await local?.current()) ?? (await fetched) ?? NO_KEYS);
  }

  if (!isRemote && isEmpty(await read(false))) throw new Error('there is no key to verify tokens with');
  return { current: () => read(false), renewed: () => read(true) };
}

const NO_ROOTS: readonly X509Certificate[] = [];
const NO_KEYS: KeySet = new Map();

function parseLocal(content: string): KeySet {
  return parseKeySet(content, { symmetric: true });
}

async function open<T>(
  path: string,
  parse: (content: string) => T,
  options: { log: Logger; now: () => number },
): Promise<WatchedFile<T>> {
  const named = (content: string): T => {
    try {
      return parse(content);
    } catch (error) {
      throw new Error(`${path}: ${error instanceof Error ? error.message : 'cannot be read'}`, {
        cause: error,
      });
    }
  };
  return watchFile(path, named, options);
}

/** The same ring as long as its parts are the same. */
function composer(now: () => number): (roots: readonly X509Certificate[], keys: KeySet) => KeyRing {
  let last: { roots: readonly X509Certificate[]; keys: KeySet; ring: KeyRing } | undefined;
  return (roots, keys) => {
    if (last?.roots !== roots || last.keys !== keys) {
      const all = new Map([...keysOf(roots), ...keys]);
      last = { roots, keys, ring: { keys: all, roots, verified: createVerified(now) } };
    }
    return last.ring;
  };
}

function isEmpty({ keys, roots }: KeyRing): boolean {
  return keys.size === 0 && roots.length === 0;
}
