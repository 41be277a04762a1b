import type { Bucket, File } from '@google-cloud/storage';
import { createRecent } from '@outrigger/object-store';

/** As Distribution. */
const LIFETIME_MS = 20 * 60_000;
/** How long one URL is given to whoever asks: it is good for another quarter of an hour then. */
const GIVEN_FOR_MS = 5 * 60_000;

/** Signed URLs, each made once for all who ask for it within some minutes: without a key each is a request to IAM. */
export interface SignedUrls {
  of(key: string, method: string): SignedUrl;
  forget(key: string): void;
}

export interface SignedUrl {
  readonly url: Promise<string>;
  readonly expires: number;
}

/** A signer of the SDK takes every method, whatever the SDK's own callers need. */
interface Signer {
  getSignedUrl(config: {
    method: string;
    version?: 'v2' | 'v4';
    expires: string | number | Date;
  }): Promise<string>;
}

interface Signed {
  readonly file: File;
  readonly expires: number;
  readonly urls: Map<string, Promise<string>>;
}

export function createSignedUrls(bucket: Bucket, now: () => number): SignedUrls {
  const signed = createRecent<Signed>(GIVEN_FOR_MS, now);
  const make = (key: string) => (): Signed => ({
    file: bucket.file(key),
    expires: now() + LIFETIME_MS,
    urls: new Map(),
  });
  return {
    of(key, method) {
      const { file, expires, urls } = signed.get(key, make(key));
      const read = urls.get('GET') ?? signRead(file, expires);
      urls.set('GET', read);
      const url =
        method === 'GET' ? read : (urls.get(method) ?? read.then(() => signFor(file, method, expires)));
      urls.set(method, url);
      return { url, expires };
    },
    forget: (key) => {
      signed.forget(key);
    },
  };
}

async function signRead(file: File, expires: number): Promise<string> {
  const [url] = await file.getSignedUrl({ version: 'v4', action: 'read', expires });
  return url;
}

/** For others than GET, PUT, POST and DELETE the SDK has no action. Its first URL has made the signer; who asks for HEAD asks for GET next. */
async function signFor(file: File, method: string, expires: number): Promise<string> {
  const signer: Signer | undefined = file.signer;
  if (signer === undefined) throw new TypeError('the SDK has no signer');
  return signer.getSignedUrl({ method, version: 'v4', expires });
}
