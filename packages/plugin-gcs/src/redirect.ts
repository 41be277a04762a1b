import type { Bucket } from '@google-cloud/storage';
import type { SignRedirect } from '@outrigger/object-store';
import { pauseRefused } from '@outrigger/object-store';
import { createSignedUrls } from './signed-urls.js';
import { withinTime } from './within-time.js';

/** IAM and the metadata server answer in milliseconds. Content that is not redirected goes through the registry. */
const TIMEOUT_MS = 10_000;

export interface UrlSignerOptions {
  readonly timeoutMs?: number;
  readonly now?: () => number;
}

/**
 * V4 signatures of the client's own key, or of IAM (`signBlob`) where it has none. Null: the credentials cannot sign.
 *
 * @param onRefusal - told once why nothing can be signed
 */
export function createUrlSigner(
  bucket: Bucket,
  onRefusal: (reason: string) => void,
  { timeoutMs = TIMEOUT_MS, now = Date.now }: UrlSignerOptions = {},
): SignRedirect {
  const urls = createSignedUrls(bucket, now);
  const sign: SignRedirect = async (key, { method, signal }) => {
    const { url, expires } = urls.of(key, method);
    try {
      return { url: await withinTime(timeoutMs, signal, () => url), expiresAt: new Date(expires) };
    } catch (error) {
      if (signal?.aborted !== true) urls.forget(key);
      throw error;
    }
  };
  return pauseRefused(sign, (error) => onRefusal(reasonOf(error)), now);
}

/** Google names the permission that is missing; what else its libraries say may quote what was to be signed. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error';
  return /\biam\.\w+\.\w+/.exec(error.message)?.[0] ?? error.name;
}
