import { lookup } from 'node:dns';
import type { LookupAddress, LookupOptions } from 'node:dns';
import { isIP } from 'node:net';
import type { buildConnector } from 'undici';
import { isPrivateAddress } from './private-address.js';
import { UpstreamError } from './upstream-error.js';

type Lookup = (
  hostname: string,
  options: LookupOptions,
  callback: (error: Error | null, address?: string | LookupAddress[], family?: number) => void,
) => void;

/**
 * Keeps the upstream from sending us to where only we can go (S20). Addresses are checked where they are used, at the
 * connection, so that a name which means something else a moment later gains nothing. An upstream that itself lies in a
 * private network, when it is first reached, may send us around in it.
 *
 * @param hostname - of the upstream
 */
export function createGuardedConnect(
  build: typeof buildConnector,
  hostname: string,
  options: { readonly timeout: number; readonly resolve?: Lookup | undefined },
): buildConnector.connector {
  const own = bare(hostname);
  const resolve = options.resolve ?? lookup;
  let isOwnPrivate = isIP(own) === 0 ? undefined : isPrivateAddress(own);
  const isAllowed = (host: string, addresses: readonly string[]): boolean => {
    const isPrivate = addresses.some(isPrivateAddress);
    if (host === own) isOwnPrivate ??= isPrivate;
    return !isPrivate || isOwnPrivate === true;
  };
  const guarded: Lookup = (host, lookupOptions, callback) => {
    resolve(host, lookupOptions, (error, found, family) => {
      if (error !== null || found === undefined) {
        callback(error);
        return;
      }
      const addresses = typeof found === 'string' ? [found] : found.map(({ address }) => address);
      if (isAllowed(host, addresses)) callback(null, found, family);
      else callback(refused(host));
    });
  };
  // Every option of a socket is taken (undici, docs/api/Connector.md), whatever its type says.
  const connect = build({ timeout: options.timeout, lookup: guarded } as buildConnector.BuildOptions);
  return (target, callback) => {
    const host = bare(target.hostname);
    // What is an address already is never looked up.
    if (isIP(host) !== 0 && !isAllowed(host, [host])) callback(refused(host), null);
    else connect(target, callback);
  };
}

/**
 * For a host that a proxy connects to.
 *
 * @param own - that of the upstream, which may have a private address
 * @throws UpstreamError INVALID for a private address
 */
export function refusePrivateAddress(hostname: string, own: string): void {
  const host = bare(hostname);
  if (host !== bare(own) && isPrivateAddress(host)) throw refused(host);
}

function bare(hostname: string): string {
  return hostname.replace(/^\[(.*)\]$/, '$1').toLowerCase();
}

function refused(host: string): UpstreamError {
  return new UpstreamError('INVALID', `the upstream leads to ${host}, which is a private address: refused`);
}
