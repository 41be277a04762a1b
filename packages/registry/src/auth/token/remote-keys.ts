import { AccessError } from '../../access/access-error.js';
import type { Logger } from '../../logger.js';
import type { FetchOptions } from './fetch-document.js';
import { fetchDocument } from './fetch-document.js';
import type { KeySet } from './key-set.js';
import { parseKeySet } from './key-set.js';

export interface RemoteKeysOptions extends FetchOptions {
  readonly log: Logger;
  /** Milliseconds. */
  readonly now: () => number;
}

/** The keys of a server. */
export interface RemoteKeys {
  /** @throws AccessError UNAVAILABLE when there are none, or none that are younger than an hour */
  current(): Promise<KeySet>;
  /** Asks the server again, unless that was done a moment ago. @throws AccessError UNAVAILABLE */
  renewed(): Promise<KeySet>;
}

/** Tokens with keys that nobody knows cost the server of the keys no more than a request in so long. */
const MIN_INTERVAL_MS = 30_000;
/** Keys that are older are asked for while the old ones still hold. */
const FRESH_MS = 30_000;
/** A key that the server has taken back is not believed for longer: nobody goes on before the answer is there. */
const WAIT_MS = 55_000;
/** How long an outage of the server goes unnoticed. */
const STALE_MS = 3_600_000;

/** @param url - https */
export function createRemoteKeys(url: string, options: RemoteKeysOptions): RemoteKeys {
  const { log, now } = options;
  let keys: KeySet | undefined;
  let text = '';
  let fetchedAt = -Infinity;
  let askedAt = -Infinity;
  let asking: Promise<void> | undefined;

  async function ask(): Promise<void> {
    askedAt = now();
    try {
      const answer = await fetchDocument(url, options);
      if (answer !== text) keys = parseKeySet(answer, { symmetric: false });
      text = answer;
      fetchedAt = now();
    } catch (error) {
      log.error({ url, err: error }, 'the keys for tokens cannot be fetched');
    } finally {
      asking = undefined;
    }
  }

  async function get(freshMs: number, waitMs: number): Promise<KeySet> {
    const age = now() - fetchedAt;
    if (age >= freshMs && now() - askedAt >= MIN_INTERVAL_MS) asking ??= ask();
    if (age >= waitMs) await asking;
    if (keys !== undefined && now() - fetchedAt < STALE_MS) return keys;
    throw new AccessError('UNAVAILABLE', {
      reason: 'there are no keys to verify tokens with',
      retryAfter: 30,
    });
  }

  return { current: () => get(FRESH_MS, WAIT_MS), renewed: () => get(0, 0) };
}
