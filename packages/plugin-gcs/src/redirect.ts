import type { Redirect, RedirectRequest } from '@outrigger/driver';
import type { Bucket } from '@google-cloud/storage';
import { createSignedUrls } from './signed-urls.js';
import { withinTime } from './within-time.js';

/** IAM and the metadata server answer in milliseconds. Content that is not redirected goes through the registry. */
const TIMEOUT_MS = 10_000;
/** A right that is given is in force a minute or so later. */
const PAUSE_MS = 60_000;

/** V4 signatures of the client's own key, or of IAM (`signBlob`) where it has none. Null: the credentials cannot sign. */
export type SignUrl = (key: string, request: RedirectRequest) => Promise<Redirect | null>;

export interface UrlSignerOptions {
  readonly timeoutMs?: number;
  readonly now?: () => number;
}

/**
 * Signs for those who ask. After a refusal nobody is asked for a minute: each pull would wait for it.
 *
 * @param onRefusal - told once why nothing can be signed
 */
export function createUrlSigner(
  bucket: Bucket,
  onRefusal: (reason: string) => void,
  { timeoutMs = TIMEOUT_MS, now = Date.now }: UrlSignerOptions = {},
): SignUrl {
  const urls = createSignedUrls(bucket, now);
  let isTold = false;
  let pausedUntil = -Infinity;
  return async (key, { method, signal }) => {
    if (now() < pausedUntil) return null;
    const { url, expires } = urls.of(key, method);
    try {
      return { url: await withinTime(timeoutMs, signal, () => url), expiresAt: new Date(expires) };
    } catch (error) {
      signal?.throwIfAborted();
      urls.forget(key);
      pausedUntil = now() + PAUSE_MS;
      if (!isTold) onRefusal(reasonOf(error));
      isTold = true;
      return null;
    }
  };
}

/** Google names the permission that is missing; what else its libraries say may quote what was to be signed. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error';
  return /\biam\.\w+\.\w+/.exec(error.message)?.[0] ?? error.name;
}
