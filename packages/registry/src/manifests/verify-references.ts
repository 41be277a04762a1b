import { createRegulator } from '@outrigger/driver';
import { statBlob } from '../blobs/blob-links.js';
import { RegistryError, isRegistryError } from '../registry-error.js';
import type { Store } from '../store.js';
import type { Descriptor } from './descriptor.js';
import { manifestInvalid } from './descriptor.js';
import { manifestSize } from './manifest-content.js';
import { isNonDistributable } from './media-types.js';
import type { Manifest } from './parse-manifest.js';

/** `blobs`: an index may name manifests that are not there (sparse); `none`: nothing is looked for. */
export type RequiredReferences = 'all' | 'blobs' | 'none';

/**
 * Checks that the repository has all that a manifest names, in the sizes that it says. The subject may be absent
 * (distribution-spec, "Push").
 *
 * @throws RegistryError MANIFEST_BLOB_UNKNOWN with the digests that are missing; MANIFEST_INVALID for a wrong size
 */
export async function verifyReferences(
  store: Store,
  name: string,
  manifest: Manifest,
  required: RequiredReferences,
): Promise<void> {
  const regulator = createRegulator(PARALLEL_CHECKS);
  const check = async (descriptor: Descriptor, find: typeof blobSize): Promise<string | undefined> => {
    const size = await regulator.run(() => find(store, name, descriptor));
    if (size === undefined) return descriptor.digest.text;
    if (size === descriptor.size) return undefined;
    throw manifestInvalid('a size is not that of the content', { digest: descriptor.digest.text, size });
  };
  const found = await Promise.all([
    ...distinct(required === 'none' ? [] : manifest.blobs).map((blob) => check(blob, blobSize)),
    ...distinct(required === 'all' ? manifest.manifests : []).map((child) => check(child, childSize)),
  ]);
  const missing = found.filter((digest) => digest !== undefined);
  if (missing.length === 0) return;
  throw new RegistryError(
    'MANIFEST_BLOB_UNKNOWN',
    'the manifest names content that the repository does not have',
    {
      digests: missing.slice(0, MAX_LISTED),
    },
  );
}

const PARALLEL_CHECKS = 16;
const MAX_LISTED = 100;

async function blobSize(
  store: Store,
  name: string,
  { digest, mediaType, size }: Descriptor,
): Promise<number | undefined> {
  try {
    return (await statBlob(store, name, digest)).size;
  } catch (error) {
    if (!isRegistryError(error, 'BLOB_UNKNOWN')) throw error;
    return isNonDistributable(mediaType) ? size : undefined;
  }
}

function childSize(store: Store, name: string, { digest }: Descriptor): Promise<number | undefined> {
  return manifestSize(store, name, digest);
}

/** The same layer is often named twice; with two sizes it is two questions. */
function distinct(descriptors: readonly Descriptor[]): Descriptor[] {
  return [...new Map(descriptors.map((each) => [`${each.digest.text} ${each.size}`, each])).values()];
}
