import type { Redirect, RedirectRequest } from '@outrigger/driver';
import { createRecent } from './recent.js';

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

const MINUTE_MS = 60_000;

/**
 * Signs once for all who ask within a while: layers are pulled by many clients at the same time.
 *
 * @param sign - a URL that depends on key and method alone; a refusal is not kept
 */
export function reuseRedirects(sign: Sign, { reuseMs = MINUTE_MS, now = Date.now }: ReuseOptions = {}): Sign {
  const signed = createRecent<ReturnType<Sign>>(reuseMs, now);
  return (key, { method }) => {
    const name = `${method} ${key}`;
    return signed.get(name, () => {
      const redirect = sign(key, { method });
      redirect.catch(() => signed.forget(name, redirect));
      return redirect;
    });
  };
}
