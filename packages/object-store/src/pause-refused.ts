import type { Redirect, RedirectRequest } from '@outrigger/driver';

/** Where a client may fetch the object at a key by itself; null: not from here. */
export type SignRedirect = (key: string, request: RedirectRequest) => Promise<Redirect | null>;

/** A right that is given is in force a minute or so later. */
const PAUSE_MS = 60_000;

/**
 * Null in place of a URL that cannot be signed: content goes through the registry then. For a minute nobody is asked again, since each
 * pull would wait for it.
 *
 * @param sign - rejects where it may not sign, and for who has left
 * @param onRefusal - told once why nothing can be signed
 */
export function pauseRefused(
  sign: SignRedirect,
  onRefusal: (error: unknown) => void,
  now: () => number,
): SignRedirect {
  let isTold = false;
  let pausedUntil = -Infinity;
  return async (key, request) => {
    if (now() < pausedUntil) return null;
    try {
      return await sign(key, request);
    } catch (error) {
      if (request.signal?.aborted === true) throw error;
      pausedUntil = now() + PAUSE_MS;
      if (!isTold) onRefusal(error);
      isTold = true;
      return null;
    }
  };
}
