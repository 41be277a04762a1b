import type { IncomingMessage } from 'node:http';
import { toScope } from '../../access/need.js';
import type { Need } from '../../access/need.js';
import type { Logger } from '../../logger.js';
import type { Authenticator, Subject, TokenFault } from '../authenticator.js';
import { quote } from '../quote.js';
import type { KeyRing } from './key-ring.js';
import { openKeyRings } from './key-ring.js';
import type { SigningAlgorithm } from './signing-algorithm.js';
import { SIGNING_ALGORITHMS } from './signing-algorithm.js';
import { UnknownKeyError, verifyToken } from './verify-token.js';

export interface TokenOptions {
  /** URL of the server that issues tokens, or how it follows from a request. */
  readonly realm: string | ((req: IncomingMessage) => string);
  readonly service: string;
  readonly issuer: string;
  /** Path of PEM certificates. */
  readonly rootCertBundle?: string | undefined;
  /** Path of a JSON Web Key Set, or its https URL. */
  readonly jwks?: string | undefined;
  /** Certificates to trust instead of the system's when that URL is asked, in PEM. */
  readonly ca?: string | undefined;
  /** Of such a request. Default: 5 s. */
  readonly timeoutMs?: number | undefined;
  /** Empty: all of them. */
  readonly signingAlgorithms?: readonly SigningAlgorithm[] | undefined;
  /** The longest time that a token may still be good for, in seconds; undefined: any. */
  readonly maxLifeSeconds?: number | undefined;
  readonly log: Logger;
  /** Milliseconds; for tests. */
  readonly now?: (() => number) | undefined;
}

/**
 * Tokens of another server (Distribution's documentation, "Docker Registry v2 authentication").
 *
 * @throws Error when there are no keys
 */
export async function createToken(options: TokenOptions): Promise<Authenticator> {
  const { realm, service, issuer, maxLifeSeconds, now = Date.now } = options;
  const algorithms = options.signingAlgorithms?.length ? options.signingAlgorithms : SIGNING_ALGORITHMS;
  const rules = { issuer, service, algorithms, maxLifeSeconds };
  const [jose, rings] = await Promise.all([import('jose'), openKeyRings({ ...options, now })]);

  const verifyWith = (token: string, ring: KeyRing): Promise<Subject> =>
    ring.verified.get(token, () => verifyToken(token, ring, rules, { jose, time: now() }));

  return {
    async authenticate(authorization) {
      const token = parseBearer(authorization);
      if (token === undefined) return undefined;
      const ring = await rings.current();
      try {
        return await verifyWith(token, ring);
      } catch (error) {
        const renewed = error instanceof UnknownKeyError ? await rings.renewed() : ring;
        if (renewed === ring) throw error;
        return verifyWith(token, renewed);
      }
    },
    challenge: (req, needs, fault) =>
      toChallenge(typeof realm === 'string' ? realm : realm(req), service, needs, fault),
  };
}

/** Undefined when it is of another kind, or empty. */
function parseBearer(authorization: string): string | undefined {
  const [, token] = /^bearer (.+)$/i.exec(authorization) ?? [];
  return token;
}

/** Byte for byte as Distribution's, but that it gives scopes in random order. */
function toChallenge(
  realm: string,
  service: string,
  needs: readonly Need[],
  fault: TokenFault | undefined,
): string {
  const scope = toScope(needs);
  return [
    `Bearer realm=${quote(realm)}`,
    `service=${quote(service)}`,
    ...(scope === '' ? [] : [`scope=${quote(scope)}`]),
    ...(fault === undefined ? [] : [`error=${quote(fault)}`]),
  ].join(',');
}
