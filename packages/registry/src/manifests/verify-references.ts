import { statBlob } from '../blobs/blob-links.js';
import { RegistryError, isRegistryError } from '../registry-error.js';
import type { Store } from '../store.js';
import type { UrlRules } from '../validation/url-rules.js';
import type { Descriptor, Platform } from './descriptor.js';
import { manifestInvalid } from './descriptor.js';
import { manifestSize } from './manifest-content.js';
import { isLayer, isNonDistributable } from './media-types.js';
import type { Manifest } from './parse-manifest.js';

/**
 * `blobs`: an index may name manifests that are not there (sparse); with `platforms`: those for other platforms only;
 * `none`: nothing is looked for.
 */
export type RequiredReferences = 'all' | 'blobs' | 'none' | { readonly platforms: readonly Platform[] };

/**
 * Checks that the repository has all that a manifest names, in the sizes that it says. The subject may be absent
 * (distribution-spec, "Push").
 *
 * @throws RegistryError MANIFEST_BLOB_UNKNOWN with the digests that are missing; MANIFEST_INVALID for a wrong size, which
 *   ends the search
 */
export async function verifyReferences(
  store: Store,
  name: string,
  manifest: Manifest,
  required: RequiredReferences,
): Promise<void> {
  const missing: string[] = [];
  const open = questions(manifest, required);
  // A throw or a return in one of the loops closes the generator, and ends the others with it.
  const work = async (): Promise<void> => {
    for (const { descriptor, find } of open) {
      const { digest, size: said } = descriptor;
      const size = await find(store, name, descriptor);
      if (size === undefined) missing.push(digest.text);
      else if (size !== said)
        throw manifestInvalid('a size is not that of the content', { digest: digest.text, size });
      if (missing.length === MAX_LISTED) return;
    }
  };
  for (const result of await Promise.allSettled(Array.from({ length: PARALLEL_CHECKS }, work)))
    if (result.status === 'rejected') throw result.reason;
  if (missing.length === 0) return;
  throw new RegistryError(
    'MANIFEST_BLOB_UNKNOWN',
    'the manifest names content that the repository does not have',
    { digests: missing },
  );
}

const PARALLEL_CHECKS = 16;
const MAX_LISTED = 100;

interface Question {
  readonly descriptor: Descriptor;
  readonly find: typeof blobSize;
}

function* questions(manifest: Manifest, required: RequiredReferences): Generator<Question, void, undefined> {
  const { blobs, manifests } = manifest;
  for (const descriptor of distinct(required === 'none' ? [] : blobs)) yield { descriptor, find: blobSize };
  for (const descriptor of distinct(manifests.filter((child) => isRequired(child, required))))
    yield { descriptor, find: childSize };
}

function isRequired({ platform }: Descriptor, required: RequiredReferences): boolean {
  if (typeof required === 'string') return required === 'all';
  return required.platforms.some(
    ({ architecture, os }) => architecture === platform?.architecture && os === platform.os,
  );
}

/**
 * Checks the URLs of layers, which the registry itself never fetches.
 *
 * @throws RegistryError MANIFEST_INVALID
 */
export function verifyUrls(manifest: Manifest, rules: UrlRules): void {
  for (const { mediaType, digest, urls = [] } of manifest.blobs) {
    if (isLayer(mediaType) && !urls.every((url) => rules.allows(url)))
      throw manifestInvalid('a layer has a URL that is not allowed here', { digest: digest.text });
  }
}

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
