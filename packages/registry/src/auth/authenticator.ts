import type { IncomingMessage } from 'node:http';
import type { Need } from '../access/need.js';

/** Somebody who has proved who they are. */
export interface Subject {
  /** Undefined when the proof names nobody, as a token without a subject. */
  readonly user: string | undefined;
  /** What the proof is good for; undefined: for whatever that user may do. */
  readonly grants?: ((need: Need) => boolean) | undefined;
}

/** What is wrong with a token, as the challenge says it (RFC 6750, 3.1). */
export type TokenFault = 'invalid_token' | 'insufficient_scope';

/** One way to prove who one is by the `Authorization` header. */
export interface Authenticator {
  /**
   * Undefined when there are no credentials of this kind.
   *
   * @param remote - address of the other end of the connection
   * @throws AccessError INVALID, BUSY or UNAVAILABLE
   */
  authenticate(authorization: string, remote: string): Promise<Subject | undefined>;
  /** The `WWW-Authenticate` header that tells a client how to prove it. */
  challenge(req: IncomingMessage, needs: readonly Need[], fault?: TokenFault): string;
}
