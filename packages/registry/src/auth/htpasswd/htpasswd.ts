import { AccessError } from '../../access/access-error.js';
import type { Logger } from '../../logger.js';
import type { Authenticator, Subject } from '../authenticator.js';
import type { Backoff } from '../backoff.js';
import { createBackoff } from '../backoff.js';
import type { BasicCredentials } from '../basic-credentials.js';
import { parseBasic } from '../basic-credentials.js';
import { quote } from '../quote.js';
import type { Proof, Verified } from '../verified.js';
import { createVerified } from '../verified.js';
import { watchFile } from '../watched-file.js';
import type { Compare } from './compare-queue.js';
import { queueCompare } from './compare-queue.js';
import type { Users } from './parse-htpasswd.js';
import { parseHtpasswd } from './parse-htpasswd.js';

export interface HtpasswdOptions {
  readonly realm: string;
  /** Path of the file, which is there. */
  readonly path: string;
  /** Whether hashes that are not bcrypt, or of a cost outside 10 to 14, are an error and not a warning. */
  readonly isStrict: boolean;
  readonly log: Logger;
  /** Milliseconds; for tests. */
  readonly now?: (() => number) | undefined;
  /** For tests. */
  readonly compare?: Compare | undefined;
}

/**
 * Users and passwords of an htpasswd file, which is read again when it changes.
 *
 * @throws Error when the file cannot be read or understood
 */
export async function createHtpasswd(options: HtpasswdOptions): Promise<Authenticator> {
  const { realm, path, isStrict, log, now = Date.now } = options;
  const compare = queueCompare(options.compare ?? (await loadBcrypt()));
  const backoff = createBackoff(now);
  const parse = (content: string): Users & { verified: Verified } => {
    const users = parseHtpasswd(content, { lowest: 10, highest: 14, isStrict });
    for (const warning of users.warnings) log.warn({ path }, warning);
    // What was verified with the old content is forgotten with it.
    return { ...users, verified: createVerified(now) };
  };
  const file = await watchFile(path, parse, { log, now });
  return {
    async authenticate(authorization, remote): Promise<Subject | undefined> {
      const credentials = parseBasic(authorization);
      if (credentials === undefined) return undefined;
      const users = await file.current();
      const attempt = { ...credentials, key: `${remote} ${credentials.user.slice(0, 256)}` };
      return users.verified.get(authorization, async (): Promise<Proof> => {
        await check(attempt, users, { compare, backoff });
        return { subject: { user: credentials.user }, until: now() + VERIFIED_MS };
      });
    },
    challenge: () => `Basic realm=${quote(realm)}`,
  };
}

/** bcrypt takes a tenth of a second, and clients send the password with every request. */
const VERIFIED_MS = 60_000;
/** bcrypt sees no more of a password. */
const MAX_PASSWORD_BYTES = 72;

/** One comparison, whether there is such a user or not. */
async function check(
  { user, password, key }: BasicCredentials & { key: string },
  { hashes, dummy }: Users,
  { compare, backoff }: { compare: Compare; backoff: Backoff },
): Promise<void> {
  const retryAfter = backoff.wait(key);
  if (retryAfter > 0) throw new AccessError('BUSY', { reason: 'too many wrong passwords', user, retryAfter });
  const hash = hashes.get(user);
  const isShort = password.length <= MAX_PASSWORD_BYTES;
  const isRight = isShort && (await compare(password, hash ?? dummy));
  if (isRight && hash !== undefined) {
    backoff.succeed(key);
    return;
  }
  backoff.fail(key);
  throw new AccessError('INVALID', { reason: 'wrong user or password', user });
}

async function loadBcrypt(): Promise<Compare> {
  const { verify } = await import('@node-rs/bcrypt');
  return (password, hash) => verify(password, hash);
}
