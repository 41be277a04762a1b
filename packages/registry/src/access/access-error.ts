/**
 * Why a request is not served: `MISSING` has no credentials and would need some, `INVALID` has wrong ones, `SCOPE` has a
 * good token that does not grant it, `DENIED` is by somebody who may not, `BUSY` has to come again later, and `UNAVAILABLE`
 * could not be decided. `http/errors.ts` alone knows the status of each.
 */
export type AccessErrorCode = 'MISSING' | 'INVALID' | 'SCOPE' | 'DENIED' | 'BUSY' | 'UNAVAILABLE';

export interface AccessErrorFacts {
  /** For the log and the audit, never for the client; holds nothing secret. */
  readonly reason: string;
  /** As claimed, not as proven, for `INVALID` and `BUSY`. */
  readonly user?: string | undefined;
  /** Value of the `WWW-Authenticate` header. */
  readonly challenge?: string | undefined;
  /** What the client may know besides. */
  readonly detail?: unknown;
  /** Seconds. */
  readonly retryAfter?: number | undefined;
}

/** A request that its maker may not make, or not like this. */
export class AccessError extends Error {
  override readonly name = 'AccessError';
  readonly code: AccessErrorCode;
  readonly facts: AccessErrorFacts;

  constructor(code: AccessErrorCode, facts: AccessErrorFacts) {
    super(MESSAGES[code]);
    this.code = code;
    this.facts = facts;
  }
}

export function isAccessError(error: unknown): error is AccessError {
  return error instanceof AccessError;
}

/** The same for all that one code stands for: nothing tells a wrong password from an unknown user. */
const MESSAGES: Readonly<Record<AccessErrorCode, string>> = {
  MISSING: 'authentication required',
  INVALID: 'authentication required',
  SCOPE: 'authentication required',
  DENIED: 'requested access to the resource is denied',
  BUSY: 'too many attempts to authenticate',
  UNAVAILABLE: 'authentication is not available at the moment',
};
