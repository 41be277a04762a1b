import type { Need } from './need.js';

/** Who makes a request, and what that may do. */
export interface Identity {
  /** Undefined for a request without credentials. */
  readonly user: string | undefined;
  /** Whether every repository may be read: a blob may then be mounted from wherever it is. */
  readonly readsAll: boolean;
  allows(need: Need): boolean;
}

/** The identity of every request where no access control is configured. */
export const EVERYBODY: Identity = { user: undefined, readsAll: true, allows: () => true };

/**
 * Whose uploads an identity may go on with; undefined where no access control is configured. Nobody in particular has
 * the empty name, which no user has.
 */
export function subjectOf(identity: Identity): string | undefined {
  return identity === EVERYBODY ? undefined : (identity.user ?? '');
}
