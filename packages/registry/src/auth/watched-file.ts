import { readFile, stat } from 'node:fs/promises';
import { AccessError } from '../access/access-error.js';
import type { Logger } from '../logger.js';

/** A file whose content is read again when it has changed. */
export interface WatchedFile<T> {
  /**
   * What the file says, not more than a few seconds ago.
   *
   * @throws AccessError UNAVAILABLE when it could not be read, or understood, for a minute
   */
  current(): Promise<T>;
}

export interface WatchOptions {
  readonly log: Logger;
  /** Milliseconds; for tests. */
  readonly now?: (() => number) | undefined;
}

/** How often the file is looked at, at most. */
const CHECK_MS = 2000;
/** How long an old state is believed when the new one cannot be had: what is revoked must be so after a minute. */
const TRUST_MS = 55_000;

/**
 * @param parse - throws an Error with a message that names no secret
 * @throws what reading and parsing it for the first time throws
 */
export async function watchFile<T>(
  path: string,
  parse: (content: string) => T,
  { log, now = Date.now }: WatchOptions,
): Promise<WatchedFile<T>> {
  let { version, value } = await load();
  let checkedAt = now();
  let failingSince: number | undefined;
  let checking: Promise<void> | undefined;

  async function load(): Promise<{ version: string; value: T }> {
    // In this order: a change after the look is seen at the next one.
    const seen = await readVersion(path);
    return { version: seen, value: parse(await readFile(path, 'utf8')) };
  }

  async function check(): Promise<void> {
    try {
      if ((await readVersion(path)) !== version) {
        ({ version, value } = await load());
        log.info({ path }, 'read again');
      }
      failingSince = undefined;
    } catch (error) {
      failingSince ??= now();
      log.error({ path, err: error }, 'cannot be read again: its old content holds for a minute');
    }
    checkedAt = now();
    checking = undefined;
  }

  return {
    async current() {
      if (now() - checkedAt >= CHECK_MS) await (checking ??= check());
      if (failingSince === undefined || now() - failingSince < TRUST_MS) return value;
      throw new AccessError('UNAVAILABLE', {
        reason: 'the file of the users or keys cannot be read',
        retryAfter: 5,
      });
    },
  };
}

async function readVersion(path: string): Promise<string> {
  const { dev, ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
  return [dev, ino, size, mtimeNs, ctimeNs].join(':');
}
