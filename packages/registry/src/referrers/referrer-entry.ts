import { isStorageError } from '@outrigger/driver';
import { deleteIfPresent } from '../layout/delete-if-present.js';
import { referrer } from '../layout/paths.js';
import type { Digest } from '../reference/digest.js';
import type { Manifest } from '../manifests/parse-manifest.js';
import type { Store } from '../store.js';

/** A manifest in a referrers list (distribution-spec, "Listing Referrers"). */
export interface ReferrerDescriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

export function describeReferrer(manifest: Manifest, digest: Digest, size: number): ReferrerDescriptor {
  const { mediaType, artifactType, annotations } = manifest;
  return {
    mediaType,
    digest: digest.text,
    size,
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(annotations === undefined ? {} : { annotations }),
  };
}

/**
 * Files a manifest under its subject. One file for each, so that two replicas never write the same one. All of it can
 * be made again from the manifests.
 */
export async function writeReferrer(
  store: Store,
  name: string,
  subject: Digest,
  digest: Digest,
  descriptor: ReferrerDescriptor,
): Promise<void> {
  await store.driver.put(referrer(name, subject, digest), Buffer.from(JSON.stringify(descriptor), 'utf8'));
}

/** Undefined for an entry that is gone. */
export async function readReferrer(
  store: Store,
  name: string,
  subject: Digest,
  digest: Digest,
): Promise<ReferrerDescriptor | undefined> {
  try {
    const content = await store.driver.get(referrer(name, subject, digest));
    return JSON.parse(Buffer.from(content).toString('utf8')) as ReferrerDescriptor;
  } catch (error) {
    if (isStorageError(error, 'PATH_NOT_FOUND') || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

export async function deleteReferrer(
  store: Store,
  name: string,
  subject: Digest,
  digest: Digest,
): Promise<void> {
  await deleteIfPresent(store.driver, referrer(name, subject, digest));
}
