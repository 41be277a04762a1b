import { createHmac } from 'node:crypto';
import type { Redirect } from '@outrigger/driver';
import type { Session } from './auth/session.js';

/** @param path - below the address of the account, escaped. Null: not for this method */
export type TempUrlSigner = (
  path: string,
  method: string,
  signal: AbortSignal | undefined,
) => Promise<Redirect | null>;

export interface TempUrlOptions {
  readonly session: Session;
  readonly key: string;
  /** Methods that URLs may be signed for. */
  readonly methods: readonly string[];
  readonly digest: 'sha1' | 'sha256' | 'sha512';
  readonly accessKey: string | undefined;
  /** Replaced by tests. */
  readonly now?: () => number;
}

/** As Distribution. */
const LIFETIME_MS = 20 * 60_000;

/** Signs URLs that give one method on one object to whoever has them (Swift's tempurl). */
export function createTempUrlSigner(options: TempUrlOptions): TempUrlSigner {
  const { session, key, digest, accessKey, now = Date.now } = options;
  return async (path, method, signal) => {
    const signed = signedMethod(method, options.methods);
    if (signed === undefined) return null;
    const { storageUrl, projectId } = await session.grant(signal);
    const expires = Math.floor((now() + LIFETIME_MS) / 1000);
    // What is signed is the path as it was before its escaping.
    const text = `${signed}\n${String(expires)}\n${decodeURIComponent(new URL(storageUrl).pathname + path)}`;
    const signature = createHmac(digest, key).update(text).digest('hex');
    const whole = accessKey === undefined ? signature : `${projectId ?? ''}:${accessKey}:${signature}`;
    return {
      url: `${storageUrl}${path}?temp_url_sig=${encodeURIComponent(whole)}&temp_url_expires=${String(expires)}`,
      expiresAt: new Date(expires * 1000),
    };
  };
}

/** A HEAD is allowed by a signature for GET too; its own gives less away. */
function signedMethod(method: string, methods: readonly string[]): string | undefined {
  if (methods.includes(method)) return method;
  return method === 'HEAD' && methods.includes('GET') ? 'GET' : undefined;
}
