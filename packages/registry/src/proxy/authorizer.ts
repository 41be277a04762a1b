import { createLru } from '../content/lru.js';
import { parseChallenges } from './challenge.js';
import type { RegistrableDomain } from './trusted-realm.js';
import { trustedRealm } from './trusted-realm.js';
import type { Credentials } from './credentials.js';
import { UpstreamError } from './upstream-error.js';

/** A token, and for how long it is good. */
export interface Token {
  readonly token: string;
  readonly lifetimeMs: number;
}

export interface TokenRequest {
  readonly realm: URL;
  readonly service: string | undefined;
  readonly scope: string;
  /** Undefined: as nobody in particular. */
  readonly credentials: Credentials | undefined;
}

export interface AuthorizerOptions {
  readonly upstream: URL;
  /** Undefined: the upstream is asked as nobody in particular. */
  readonly credentials: (() => Promise<Credentials | undefined>) | undefined;
  readonly domainOf: RegistrableDomain;
  /** @throws UpstreamError */
  readonly fetchToken: (request: TokenRequest) => Promise<Token>;
}

/** Answers the challenges of one upstream. */
export interface Authorizer {
  /** The `Authorization` for a scope, as far as the upstream has asked for one before. */
  header(scope: string): Promise<string | undefined>;
  /**
   * Learns from a 401.
   *
   * @param used - the header that was refused
   * @returns whether there is another header to try now
   * @throws UpstreamError INVALID when tokens are to be had from somebody else
   */
  learn(challenge: string, scope: string, used: string | undefined): Promise<boolean>;
}

type Scheme =
  | { readonly kind: 'basic' }
  | { readonly kind: 'bearer'; readonly realm: URL; readonly service: string | undefined };

const MAX_TOKENS = 1000;
/** A token is used for so much of its life. */
const USED_PART = 0.8;

export function createAuthorizer(options: AuthorizerOptions): Authorizer {
  const { upstream, domainOf, fetchToken } = options;
  const tokens = createLru<{ header: string; until: number }>(MAX_TOKENS, () => 1);
  const pending = new Map<string, Promise<string>>();
  let scheme: Scheme | undefined;

  const getCredentials = async () => options.credentials?.();
  const basic = async (): Promise<string | undefined> => {
    const credentials = await getCredentials();
    if (credentials === undefined) return undefined;
    return encodeBasic(credentials);
  };
  const renew = async (scope: string, { realm, service }: Scheme & { kind: 'bearer' }): Promise<string> => {
    const { token, lifetimeMs } = await fetchToken({
      realm,
      service,
      scope,
      credentials: await getCredentials(),
    });
    const header = `Bearer ${token}`;
    tokens.set(scope, { header, until: performance.now() + lifetimeMs * USED_PART });
    return header;
  };
  const bearer = (scope: string, asked: Scheme & { kind: 'bearer' }): Promise<string> => {
    const known = tokens.get(scope);
    if (known !== undefined && performance.now() < known.until) return Promise.resolve(known.header);
    const request =
      pending.get(scope) ??
      renew(scope, asked).finally(() => {
        pending.delete(scope);
      });
    pending.set(scope, request);
    return request;
  };

  return {
    async header(scope) {
      if (scheme === undefined) return undefined;
      return scheme.kind === 'basic' ? basic() : bearer(scope, scheme);
    },
    async learn(challenge, scope, used) {
      scheme = readScheme(challenge, upstream, domainOf);
      if (scheme === undefined) return false;
      if (used !== undefined && tokens.get(scope)?.header === used) tokens.delete(scope);
      if (scheme.kind === 'basic') return (await basic()) !== used;
      return true;
    },
  };
}

export function encodeBasic({ username, secret }: Credentials): string {
  return `Basic ${Buffer.from(`${username}:${secret}`, 'utf8').toString('base64')}`;
}

function readScheme(header: string, upstream: URL, domainOf: RegistrableDomain): Scheme | undefined {
  const challenges = parseChallenges(header);
  const bearer = challenges.find(({ scheme }) => scheme === 'bearer');
  if (bearer === undefined)
    return challenges.some(({ scheme }) => scheme === 'basic') ? { kind: 'basic' } : undefined;
  const realm = trustedRealm(upstream, bearer.parameters.get('realm') ?? '', domainOf);
  if (realm !== undefined) return { kind: 'bearer', realm, service: bearer.parameters.get('service') };
  throw new UpstreamError('INVALID', 'the upstream wants tokens of another host than its own: not followed');
}
