import type { IncomingMessage } from 'node:http';
import type { Authenticator, Subject, TokenFault } from '../auth/authenticator.js';
import type { AccessController, Wishes } from './access-controller.js';
import type { AccessErrorCode, AccessErrorFacts } from './access-error.js';
import { AccessError, isAccessError } from './access-error.js';
import type { Identity } from './identity.js';
import type { Need } from './need.js';
import type { AccessRule, Rules } from './rules.js';
import { createRules, isAmong } from './rules.js';

export interface AccessOptions {
  /** Undefined: credentials are not looked at. */
  readonly authenticator?: Authenticator | undefined;
  /** The user that the certificate of a connection names. Credentials in the request go before it. */
  readonly certificateUser?: ((req: IncomingMessage) => string | undefined) | undefined;
  /** Undefined: every user may do everything, and nobody else anything. */
  readonly rules?: readonly AccessRule[] | undefined;
  /** Who may ask for the catalog, as `users` of a rule. Undefined: every user. */
  readonly catalog?: readonly string[] | undefined;
}

/** Puts together who somebody is, what the proof of it is good for, and what the rules grant. */
export function createAccess(options: AccessOptions): AccessController {
  const { authenticator, certificateUser } = options;
  const isOpen = authenticator === undefined && certificateUser === undefined;
  const rights: Rights = {
    isOpen,
    rules: options.rules && createRules(options.rules),
    catalog: options.catalog ?? [isOpen ? 'anonymous' : '*'],
  };

  async function identify(req: IncomingMessage): Promise<Subject | undefined> {
    const { authorization } = req.headers;
    if (authenticator !== undefined && authorization !== undefined) {
      const subject = await authenticator.authenticate(authorization, req.socket.remoteAddress ?? '');
      if (subject !== undefined) return subject;
    }
    const user = certificateUser?.(req);
    return user === undefined ? undefined : { user };
  }

  async function authorize(req: IncomingMessage, { needs }: Wishes): Promise<Identity> {
    const subject = await identify(req);
    // A client learns here how to prove who it is, even where nobody in particular has rights.
    if (needs.length === 0 && subject === undefined && authenticator !== undefined) throw missing();
    for (const need of needs) {
      if (subject?.grants?.(need) === false) throw insufficient(need, subject);
      if (allows(rights, subject, need)) continue;
      throw subject === undefined && authenticator !== undefined ? missing() : denied(need, subject?.user);
    }
    return toIdentity(rights, subject);
  }

  return {
    async authorize(req, wishes) {
      try {
        return await authorize(req, wishes);
      } catch (error) {
        throw isAccessError(error) ? withAnswer(error, req, wishes, authenticator) : error;
      }
    },
  };
}

interface Rights {
  /** Whether nobody can prove who they are. */
  readonly isOpen: boolean;
  readonly rules: Rules | undefined;
  readonly catalog: readonly string[];
}

function toIdentity(rights: Rights, subject: Subject | undefined): Identity {
  const user = subject?.user;
  const isLimited = subject?.grants !== undefined || (subject === undefined && !rights.isOpen);
  return {
    user,
    readsAll: rights.rules === undefined ? !isLimited : !subject?.grants && rights.rules.readsAll(user),
    allows: (need) => subject?.grants?.(need) !== false && allows(rights, subject, need),
  };
}

function allows({ isOpen, rules, catalog }: Rights, subject: Subject | undefined, need: Need): boolean {
  const user = subject?.user;
  // A token that names nobody says itself that it is good for the catalog.
  if (need.type === 'registry')
    return isAmong(catalog, user) || (subject !== undefined && catalog.includes('*'));
  if (rules !== undefined) return rules.allows(user, need.name, need.action);
  return subject !== undefined || isOpen;
}

function missing(): AccessError {
  return new AccessError('MISSING', { reason: 'no credentials' });
}

function insufficient(need: Need, { user }: Subject): AccessError {
  return new AccessError('SCOPE', { reason: `the token does not grant ${describe(need)}`, user });
}

function denied(need: Need, user: string | undefined): AccessError {
  return new AccessError('DENIED', { reason: `no right to ${describe(need)}`, user });
}

function describe({ type, name, action }: Need): string {
  return `${type}:${name}:${action}`;
}

const FAULTS: Partial<Record<AccessErrorCode, TokenFault>> = {
  INVALID: 'invalid_token',
  SCOPE: 'insufficient_scope',
};

/** The same for a request whatever is wrong with its credentials, besides what the code says. */
function withAnswer(
  { code, facts }: AccessError,
  req: IncomingMessage,
  { needs, wanted }: Wishes,
  authenticator: Authenticator | undefined,
): AccessError {
  const wishes = [...needs, ...wanted];
  const isChallenge = code === 'MISSING' || code === 'INVALID' || code === 'SCOPE';
  const answer: AccessErrorFacts = {
    ...facts,
    challenge: isChallenge ? authenticator?.challenge(req, wishes, FAULTS[code]) : undefined,
    detail: code === 'BUSY' || code === 'UNAVAILABLE' ? undefined : wishes.map(toRecord),
  };
  return new AccessError(code, answer);
}

/** As Distribution has it in its answers. */
function toRecord({ type, name, action }: Need): Record<string, string> {
  return { Type: type, Class: '', Name: name, Action: action };
}
