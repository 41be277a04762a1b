import type { Digest } from '../reference/digest.js';
import { AccessError } from './access-error.js';
import type { Identity } from './identity.js';

/**
 * Decides whether a tag may be set, which is asked while nobody else sets it.
 *
 * @throws AccessError DENIED
 */
export type TagGuard = (current: Digest | undefined, next: Digest) => void;

/**
 * A new tag wants the right to create, and one that names another manifest the right to update, `latest` like every
 * other. Undefined for who has both: nothing need be looked up.
 */
export function tagGuard(identity: Identity, name: string): TagGuard | undefined {
  const mayCreate = identity.allows({ type: 'repository', name, action: 'create' });
  const mayUpdate = identity.allows({ type: 'repository', name, action: 'update' });
  if (mayCreate && mayUpdate) return undefined;
  return (current, next) => {
    const isAllowed = current === undefined ? mayCreate : mayUpdate || current.text === next.text;
    if (isAllowed) return;
    const reason = `no right to ${current === undefined ? 'create' : 'update'} a tag`;
    throw new AccessError('DENIED', { reason, user: identity.user });
  };
}
