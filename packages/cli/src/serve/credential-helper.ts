import { execFile } from 'node:child_process';
import type { Credentials, Logger } from '@outrigger/registry';

export interface CredentialHelperOptions {
  /** A program that speaks the protocol of docker-credential-helpers. */
  readonly command: string;
  /** The host that the credentials are for, with its port. */
  readonly host: string;
  /** How long an answer is good. Undefined: for ever. 0: not at all. */
  readonly lifetimeMs: number | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly log: Logger;
}

const TIMEOUT_MS = 30_000;
const MAX_ANSWER = 64 * 1024;

/**
 * Credentials from a helper program, which runs once for all who ask meanwhile. Without an answer the upstream is asked
 * as nobody in particular, as Distribution does.
 */
export function createCredentialHelper(
  options: CredentialHelperOptions,
): () => Promise<Credentials | undefined> {
  const { lifetimeMs, log } = options;
  let known: { credentials: Credentials; until: number } | undefined;
  let running: Promise<Credentials | undefined> | undefined;
  const run = async (): Promise<Credentials | undefined> => {
    try {
      const credentials = parseAnswer(await ask(options));
      known = { credentials, until: performance.now() + (lifetimeMs ?? Infinity) };
      return credentials;
    } catch (error) {
      // What the program printed may be a secret.
      log.error(
        { command: options.command, reason: reasonOf(error) },
        'the credential helper gave no credentials',
      );
      return undefined;
    } finally {
      running = undefined;
    }
  };
  return () => {
    if (known !== undefined && performance.now() < known.until) return Promise.resolve(known.credentials);
    return (running ??= run());
  };
}

function ask({ command, host, environment }: CredentialHelperOptions): Promise<string> {
  // The registry's own settings, which may be secrets, are none of its business.
  const env = Object.fromEntries(
    Object.entries(environment).filter(([name]) => !name.startsWith('REGISTRY_')),
  );
  return new Promise((resolve, reject) => {
    const options = { env, timeout: TIMEOUT_MS, maxBuffer: MAX_ANSWER, encoding: 'utf8' } as const;
    const child = execFile(command, ['get'], options, (error, stdout) => {
      if (error === null) resolve(stdout);
      else reject(error instanceof Error ? error : new TypeError('it could not be run'));
    });
    // One that does not read its input has ended, and says so by its exit code.
    child.stdin?.on('error', () => undefined).end(host);
  });
}

function parseAnswer(answer: string): Credentials {
  const fields: unknown = JSON.parse(answer);
  if (typeof fields === 'object' && fields !== null && 'Username' in fields && 'Secret' in fields) {
    const { Username: username, Secret: secret } = fields;
    if (typeof username === 'string' && typeof secret === 'string') return { username, secret };
  }
  throw new TypeError('no credentials in the answer');
}

function reasonOf(error: unknown): string {
  if (error instanceof SyntaxError) return 'the answer is not JSON';
  if (error instanceof TypeError) return error.message;
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'number' || typeof code === 'string'
    ? `it ended with ${code}`
    : 'it did not end in time';
}
