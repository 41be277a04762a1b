import { randomBytes } from 'node:crypto';
import type { TempUrlConfig } from './config.js';
import type { Client } from './http/client.js';
import { RequestFailure } from './http/failure.js';
import type { Layout } from './layout.js';
import type { SwiftInfo } from './swift-info.js';

/** Where Swift takes keys of containers, which it prefers to those of accounts. */
const CONTAINER_KEYS_SINCE = [2, 3, 0];

/** How URLs may be signed here. */
export interface TempUrlKey {
  readonly key: string;
  readonly methods: readonly string[];
  readonly digest: 'sha1' | 'sha256' | 'sha512';
}

/**
 * Finds the key of the container or the account, as Distribution does: the one that is there, unless the configuration has another; where
 * there is none, a new one is set. Undefined: URLs cannot be signed.
 *
 * @param isTaken - whether the server takes what is signed with a key. It is asked where /info does not name digests: radosgw tells a
 *   version of its own, keeps keys of containers, and knows those of accounts only
 */
export async function findTempUrlKey(
  client: Client,
  layout: Layout,
  config: TempUrlConfig,
  info: SwiftInfo | undefined,
  isTaken: (key: TempUrlKey) => Promise<boolean>,
): Promise<TempUrlKey | undefined> {
  const methods = allowedMethods(config, info);
  const digest = digestOf(info);
  if (digest === undefined || !methods.includes('GET')) return undefined;
  for (const place of placesOf(layout, config, info)) {
    const key = await settleKey(client, place, config.secretKey);
    const found = key === undefined ? undefined : { key, methods, digest };
    if (found !== undefined && (info?.tempUrlDigests !== undefined || (await isTaken(found)))) return found;
  }
  return undefined;
}

interface Place {
  readonly path: string;
  readonly header: string;
}

function placesOf(layout: Layout, config: TempUrlConfig, info: SwiftInfo | undefined): readonly Place[] {
  const isContainerKey = info === undefined ? config.isContainerKey : hasContainerKeys(info.version);
  const account = { path: '', header: 'x-account-meta-temp-url-key' };
  const container = { path: layout.containerPath, header: 'x-container-meta-temp-url-key' };
  if (!isContainerKey) return [account];
  return info?.tempUrlDigests === undefined ? [container, account] : [container];
}

/** Those that both the cluster and the configuration have. */
function allowedMethods({ methods }: TempUrlConfig, info: SwiftInfo | undefined): readonly string[] {
  if (info === undefined) return methods ?? [];
  const known = info.tempUrlMethods ?? [];
  return methods === undefined ? known : known.filter((method) => methods.includes(method));
}

/** Those that say nothing know SHA-1 only. */
function digestOf(info: SwiftInfo | undefined): TempUrlKey['digest'] | undefined {
  const known = info?.tempUrlDigests ?? ['sha1'];
  return (['sha256', 'sha512', 'sha1'] as const).find((digest) => known.includes(digest));
}

function hasContainerKeys(version = ''): boolean {
  const parts = version.split('.').map((part) => Number.parseInt(part, 10));
  for (const [index, since] of CONTAINER_KEYS_SINCE.entries()) {
    const part = parts[index] ?? 0;
    if (Number.isNaN(part)) return false;
    if (part !== since) return part > since;
  }
  return true;
}

async function settleKey(
  client: Client,
  { path, header }: Place,
  given: string | undefined,
): Promise<string | undefined> {
  try {
    const found = (await client.touch({ method: 'HEAD', path })).header(header);
    if (found !== undefined && found !== '' && (given === undefined || given === found)) return found;
    const key = given ?? randomBytes(32).toString('hex');
    await client.touch({ method: 'POST', path, headers: { [header]: key } });
    if (given !== undefined) return key;
    // Of several that start at once the last one wins.
    return (await client.touch({ method: 'HEAD', path })).header(header) ?? key;
  } catch (error) {
    if (error instanceof RequestFailure && !error.isTransient) return undefined;
    throw error;
  }
}
