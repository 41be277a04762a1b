import { isIP } from 'node:net';

/** The part of a host's name that somebody has registered: `docker.io` of `auth.docker.io`; null where there is none. */
export type RegistrableDomain = (hostname: string) => string | null;

/**
 * Where tokens for an upstream may be asked for, and be paid for with its credentials: its own host, or one of the same
 * registrable domain, as Distribution has it (proxyauth.go, realmAllowed), and not in the clear where the upstream is not.
 *
 * @returns undefined for a realm that is not to be followed
 */
export function trustedRealm(upstream: URL, realm: string, domainOf: RegistrableDomain): URL | undefined {
  const url = URL.parse(realm);
  if (url?.username !== '' || url.password !== '') return undefined;
  if (url.protocol !== 'https:' && (url.protocol !== 'http:' || upstream.protocol === 'https:'))
    return undefined;
  return isSameParty(upstream, url, domainOf) ? url : undefined;
}

function isSameParty(upstream: URL, realm: URL, domainOf: RegistrableDomain): boolean {
  if (upstream.host === realm.host) return true;
  const names = [upstream.hostname, realm.hostname];
  if (names.some((name) => name === 'localhost' || name.startsWith('[') || isIP(name) !== 0)) return false;
  const [ours, theirs] = names.map(domainOf);
  return typeof ours === 'string' && ours === theirs;
}
