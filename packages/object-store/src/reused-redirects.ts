import type { Redirect, RedirectRequest } from '@outrigger/driver';

/** Where a client may fetch the object at a key by itself; null: not from here. */
type Sign = (key: string, request: Pick<RedirectRequest, 'method'>) => Promise<Redirect | null>;

export interface ReuseOptions {
  /**
   * How long one URL is given to whoever asks, in milliseconds. Default: a minute: temporary credentials are renewed at least
   * some minutes before their end, and with them ends what they have signed.
   */
  readonly reuseMs?: number;
  readonly now?: () => number;
}

interface Signed {
  readonly at: number;
  readonly redirect: Promise<Redirect | null>;
}

const MINUTE_MS = 60_000;
/** About 1.5 kB each. */
const MAX_URLS = 1024;

/**
 * Signs once for all who ask within a while: layers are pulled by many clients at the same time.
 *
 * @param sign - a URL that depends on key and method alone; a refusal is not kept
 */
export function reuseRedirects(sign: Sign, { reuseMs = MINUTE_MS, now = Date.now }: ReuseOptions = {}): Sign {
  const signed = new Map<string, Signed>();
  // Below 0 the clock was set back, and nobody knows how old it is.
  const isFresh = (age: number) => age >= 0 && age < reuseMs;
  return (key, { method }) => {
    const name = `${method} ${key}`;
    const known = signed.get(name);
    if (known !== undefined && isFresh(now() - known.at)) return known.redirect;
    const redirect = sign(key, { method });
    signed.delete(name);
    signed.set(name, { at: now(), redirect });
    redirect.catch(() => {
      if (signed.get(name)?.redirect === redirect) signed.delete(name);
    });
    const [oldest] = signed.keys();
    if (signed.size > MAX_URLS && oldest !== undefined) signed.delete(oldest);
    return redirect;
  };
}
