import type { Redirect, RedirectRequest } from '@outrigger/driver';
import { throwIfAborted } from '@outrigger/driver';
import { toStoreError } from './faults.js';
import type { Service } from './service.js';

/** As in Distribution's driver. */
const LIFETIME_MS = 20 * 60_000;
/** A role that is given is in force some minutes later. */
const PAUSE_MS = 60_000;

export type SignRedirect = (key: string, request: RedirectRequest) => Promise<Redirect | null>;

/**
 * Signed URLs. Null for an identity that gets no key to sign with: content goes through the registry then, and a minute later it is tried
 * again.
 *
 * @param warn - told once why nothing can be signed
 */
export function createRedirect(
  service: Service,
  warn: (message: string) => void,
  now: () => number = Date.now,
): SignRedirect {
  let isTold = false;
  let pausedUntil = -Infinity;
  return async (key, { signal }) => {
    throwIfAborted(signal, key);
    if (now() < pausedUntil) return null;
    const expiresAt = new Date(now() + LIFETIME_MS);
    try {
      const query = await service.call({ key, signal }, () =>
        service.signer.sign(service.toName(key), expiresAt),
      );
      return { url: `${service.blob(key).url}?${query}`, expiresAt };
    } catch (error) {
      throwIfAborted(signal, key);
      pausedUntil = now() + PAUSE_MS;
      if (!isTold)
        warn(
          `content is not redirected: the account gives no key to sign with (${reasonOf(error)}); the identity needs the role Storage Blob Delegator on it, see docs/drivers/azure.md`,
        );
      isTold = true;
      return null;
    }
  };
}

/** What the service answered, without the advice for other refusals. */
function reasonOf(error: unknown): string {
  const failure = toStoreError(error, '');
  return failure.cause instanceof Error ? failure.cause.message : failure.detail;
}
