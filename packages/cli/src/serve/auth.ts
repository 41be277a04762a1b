import type { IncomingMessage } from 'node:http';
import type { AccessController, Authenticator, Logger } from '@outrigger/registry';
import {
  createAccess,
  createCertificateUser,
  createHtpasswd,
  createSilly,
  createToken,
  isGlob,
  provisionHtpasswd,
} from '@outrigger/registry';
import type { Config } from '../config/config.js';
import type { HtpasswdConfig, TokenConfig } from '../config/sections/auth.js';
import { EXIT } from '../exit-codes.js';
import { CommandError } from '../failure.js';

export interface AuthSurroundings {
  readonly log: Logger;
  /** Takes what only a person may read, and no log. */
  readonly tell: (text: string) => void;
}

/**
 * Makes what the configuration says of who may do what; undefined where everybody may do everything.
 *
 * @throws CommandError when a file that it names cannot be used
 */
export async function createAuth(
  config: Config,
  surroundings: AuthSurroundings,
): Promise<AccessController | undefined> {
  const { access, clientIdentity } = config;
  const { rules, catalog } = access;
  if ([config.auth, rules, catalog, clientIdentity].every((each) => each === undefined)) return undefined;
  const globs = rules?.flatMap(({ repositories }) => repositories) ?? [];
  if (!globs.every(isGlob))
    throw wrong(
      'outrigger.access.rules: a repository is a name in which * and ** may stand for others, at most six times',
    );
  if (clientIdentity !== undefined && (config.http.tls?.clientCas.length ?? 0) === 0)
    throw wrong('outrigger.tls.clientIdentity: there are no client certificates without http.tls.clientcas');
  return createAccess({
    authenticator: await createAuthenticator(config, surroundings),
    certificateUser: clientIdentity && createCertificateUser(clientIdentity),
    rules,
    catalog,
  });
}

async function createAuthenticator(
  config: Config,
  surroundings: AuthSurroundings,
): Promise<Authenticator | undefined> {
  const { auth, profile } = config;
  switch (auth?.type) {
    case undefined:
      return undefined;
    case 'htpasswd':
      return htpasswd(auth, profile === 'strict', surroundings);
    case 'token':
      return token(auth, config, surroundings.log);
    case 'silly':
      return createSilly(auth);
  }
}

async function htpasswd(
  { realm, path }: HtpasswdConfig,
  isStrict: boolean,
  { log, tell }: AuthSurroundings,
): Promise<Authenticator> {
  return orWrong('auth.htpasswd.path', async () => {
    const made = isStrict ? undefined : await provisionHtpasswd(path);
    if (made !== undefined) {
      log.warn({ path, user: made.user }, 'there was no htpasswd file: one with a single user was made');
      tell(`${path} is new. Its only user is ${made.user}, with the password ${made.password}\n`);
    }
    return createHtpasswd({ realm, path, isStrict, log });
  });
}

/** Longer tokens are refused in the strict profile: they cannot be taken back. */
const STRICT_LIFE_SECONDS = 24 * 3600;

async function token(auth: TokenConfig, config: Config, log: Logger): Promise<Authenticator> {
  const isStrict = config.profile === 'strict';
  if (isStrict && auth.autoRedirect && config.http.host === undefined)
    throw wrong('auth.token.autoredirect: without http.host it follows what a request says of its host');
  return orWrong('auth.token', () =>
    createToken({
      ...auth,
      realm: auth.autoRedirect ? redirectRealm(auth, config) : auth.realm,
      maxLifeSeconds: isStrict ? STRICT_LIFE_SECONDS : undefined,
      log,
    }),
  );
}

/** The realm on this registry's own host: the configured one or, as in Distribution, the one that the client asked. */
function redirectRealm(
  { realm, autoRedirectPath }: TokenConfig,
  { http }: Config,
): string | ((req: IncomingMessage) => string) {
  const path = autoRedirectPath.startsWith('/') ? autoRedirectPath : `/${autoRedirectPath}`;
  if (http.host !== undefined) return new URL(path, http.host).href;
  return ({ headers }) => {
    const proto = headers['x-forwarded-proto'];
    const scheme = proto === 'http' ? 'http' : 'https';
    const host = headers.host ?? '';
    return /^[A-Za-z0-9.:[\]_-]{1,255}$/.test(host) ? `${scheme}://${host}${path}` : realm;
  };
}

async function orWrong<T>(key: string, make: () => Promise<T>): Promise<T> {
  try {
    return await make();
  } catch (error) {
    throw wrong(`${key}: ${error instanceof Error ? error.message : 'cannot be used'}`, error);
  }
}

function wrong(message: string, cause?: unknown): CommandError {
  return new CommandError(`the configuration is wrong\n  ${message}`, EXIT.config, cause);
}
