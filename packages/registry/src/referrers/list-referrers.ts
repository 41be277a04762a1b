import { baseName, compareNames, isStorageError, listAll } from '@outrigger/driver';
import { referrers } from '../layout/paths.js';
import { hasManifest } from '../manifests/manifest-content.js';
import type { Digest } from '../reference/digest.js';
import { tryParseDigest } from '../reference/digest.js';
import type { Store } from '../store.js';
import { describeFallback, listFallback } from './fallback-tag.js';
import type { ReferrerDescriptor } from './referrer-entry.js';
import { reconcileReferrers } from './reconcile.js';
import { readReferrer } from './referrer-entry.js';

export interface ReferrerPage {
  readonly descriptors: readonly ReferrerDescriptor[];
  /** The digest after which the next page starts. */
  readonly next?: string;
}

export interface ReferrerPageOptions {
  readonly artifactType?: string | undefined;
  /** Only digests after this one. */
  readonly last?: string | undefined;
}

/**
 * The manifests of a repository that have `subject` as their subject, in the order of their digests: those filed when
 * they were pushed, and those of the fallback tag. An entry whose manifest is gone is left out. A repository that
 * does not exist has none.
 */
export async function listReferrers(
  store: Store,
  name: string,
  subject: Digest,
  { artifactType, last }: ReferrerPageOptions,
): Promise<ReferrerPage> {
  await reconcileReferrers(store, name);
  const digests = await listDigests(store, name, subject);
  const rest = digests.filter((digest) => last === undefined || compareNames(digest.text, last) > 0);
  const descriptors: ReferrerDescriptor[] = [];
  let bytes = 0;
  for (let at = 0; at < rest.length; at += BATCH) {
    const batch = rest.slice(at, at + BATCH);
    const found = await Promise.all(batch.map((digest) => describe(store, name, subject, digest)));
    for (const descriptor of found) {
      if (
        descriptor === undefined ||
        (artifactType !== undefined && descriptor.artifactType !== artifactType)
      )
        continue;
      bytes += JSON.stringify(descriptor).length;
      if (descriptors.length === PAGE_ENTRIES || (bytes > PAGE_BYTES && descriptors.length > 0)) {
        return { descriptors, ...nextAfter(descriptors) };
      }
      descriptors.push(descriptor);
    }
  }
  return { descriptors };
}

const BATCH = 16;
const PAGE_ENTRIES = 1000;
/** A list is an index, and clients take manifests of up to 4 MiB. */
const PAGE_BYTES = 3 * 1024 * 1024;

function nextAfter(descriptors: readonly ReferrerDescriptor[]): { next?: string } {
  const last = descriptors.at(-1);
  return last === undefined ? {} : { next: last.digest };
}

async function listDigests(store: Store, name: string, subject: Digest): Promise<Digest[]> {
  const [filed, claimed] = await Promise.all([
    listFiled(store, name, subject),
    listFallback(store, name, subject),
  ]);
  const all = new Map([...filed, ...claimed].map((digest) => [digest.text, digest]));
  return [...all.values()].sort((a, b) => compareNames(a.text, b.text));
}

async function listFiled(store: Store, name: string, subject: Digest): Promise<Digest[]> {
  const found: Digest[] = [];
  try {
    for await (const { path } of listAll(store.driver, referrers(name, subject))) {
      const digest = tryParseDigest(baseName(path).replace('-', ':'));
      if (digest !== undefined) found.push(digest);
    }
  } catch (error) {
    if (!isStorageError(error, 'PATH_NOT_FOUND')) throw error;
  }
  return found;
}

async function describe(
  store: Store,
  name: string,
  subject: Digest,
  digest: Digest,
): Promise<ReferrerDescriptor | undefined> {
  const [isThere, filed] = await Promise.all([
    hasManifest(store, name, digest),
    readReferrer(store, name, subject, digest),
  ]);
  if (!isThere) return undefined;
  return filed ?? describeFallback(store, name, subject, digest);
}
