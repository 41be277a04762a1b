import type { Redirect, RedirectRequest } from '@outrigger/driver';
import type { Bucket } from '@google-cloud/storage';
import { withinTime } from './within-time.js';

/** As Distribution. */
const LIFETIME_MS = 20 * 60_000;
/** IAM and the metadata server answer in milliseconds. Content that is not redirected goes through the registry. */
const TIMEOUT_MS = 10_000;

/** V4 signatures of the client's own key, or of IAM (`signBlob`) where it has none. Null: the credentials cannot sign. */
export type SignUrl = (key: string, request: RedirectRequest) => Promise<Redirect | null>;

/** A signer of the SDK takes every method, whatever the SDK's own callers need. */
interface Signer {
  getSignedUrl(config: {
    method: string;
    version?: 'v2' | 'v4';
    expires: string | number | Date;
  }): Promise<string>;
}

/** @param onRefusal - told once why nothing can be signed */
export function createUrlSigner(
  bucket: Bucket,
  onRefusal: (reason: string) => void,
  timeoutMs = TIMEOUT_MS,
): SignUrl {
  let isTold = false;
  return async (key, { method, signal }) => {
    const expires = Date.now() + LIFETIME_MS;
    try {
      const url = await withinTime(timeoutMs, signal, () => signUrl(bucket, key, method, expires));
      return { url, expiresAt: new Date(expires) };
    } catch (error) {
      signal?.throwIfAborted();
      if (!isTold) onRefusal(reasonOf(error));
      isTold = true;
      return null;
    }
  };
}

async function signUrl(bucket: Bucket, key: string, method: string, expires: number): Promise<string> {
  const file = bucket.file(key);
  const [url] = await file.getSignedUrl({ version: 'v4', action: 'read', expires });
  if (method === 'GET') return url;
  // Its first URL has made it; for others than GET, PUT, POST and DELETE the SDK has no action.
  const signer: Signer | undefined = file.signer;
  if (signer === undefined) throw new TypeError('the SDK has no signer');
  return await signer.getSignedUrl({ method, version: 'v4', expires });
}

/** Google names the permission that is missing; what else its libraries say may quote what was to be signed. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error';
  return /\biam\.\w+\.\w+/.exec(error.message)?.[0] ?? error.name;
}
