import { throwIfAborted } from '@outrigger/driver';
import type { SignRedirect } from '@outrigger/object-store';
import { pauseRefused } from '@outrigger/object-store';
import { toStoreError } from './faults.js';
import type { Service } from './service.js';

/** As in Distribution's driver. */
const LIFETIME_MS = 20 * 60_000;

/**
 * Signed URLs. Null for an identity that gets no key to sign with.
 *
 * @param warn - told once why nothing can be signed
 */
export function createRedirect(
  service: Service,
  warn: (message: string) => void,
  now: () => number = Date.now,
): SignRedirect {
  const sign: SignRedirect = async (key, { signal }) => {
    throwIfAborted(signal, key);
    const expiresAt = new Date(now() + LIFETIME_MS);
    try {
      const query = await service.call({ key, signal }, () =>
        service.signer.sign(service.toName(key), expiresAt),
      );
      return { url: `${service.blob(key).url}?${query}`, expiresAt };
    } catch (error) {
      throwIfAborted(signal, key);
      throw error;
    }
  };
  const tell = (error: unknown): void => {
    warn(
      `content is not redirected: the account gives no key to sign with (${reasonOf(error)}); the identity needs the role Storage Blob Delegator on it, see docs/drivers/azure.md`,
    );
  };
  return pauseRefused(sign, tell, now);
}

/** What the service answered, without the advice for other refusals. */
function reasonOf(error: unknown): string {
  const failure = toStoreError(error, '');
  return failure.cause instanceof Error ? failure.cause.message : failure.detail;
}
