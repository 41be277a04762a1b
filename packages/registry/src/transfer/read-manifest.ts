import type { Manifest } from '../manifests/parse-manifest.js';
import { parseManifest, storedMediaType } from '../manifests/parse-manifest.js';
import type { Digest } from '../reference/digest.js';
import { digestOf } from '../reference/digest.js';
import { RegistryError, isRegistryError } from '../registry-error.js';

export interface ManifestLimits {
  /** The largest manifest that is taken, in bytes. */
  readonly manifestLimit: number;
  /**
   * Whether manifests are copied that could not be pushed today: old stores have them. What such a one names is copied
   * as far as the source lists it.
   */
  readonly takesOld: boolean;
}

/**
 * What a manifest on its way into a store says.
 *
 * @throws RegistryError DIGEST_INVALID, MANIFEST_TOO_LARGE, MANIFEST_INVALID
 */
export function readCopied(content: Buffer, digest: Digest, limits: ManifestLimits): Manifest {
  if (digestOf(content, digest.algorithm).text !== digest.text)
    throw new RegistryError('DIGEST_INVALID', 'the content of the manifest does not have its digest');
  if (content.length > limits.manifestLimit)
    throw new RegistryError(
      'MANIFEST_TOO_LARGE',
      `the manifest has ${content.length} bytes: more than is taken`,
    );
  try {
    return parseManifest(content, undefined);
  } catch (error) {
    const mediaType = limits.takesOld && isRegistryError(error) ? storedMediaType(content) : undefined;
    if (mediaType === undefined) throw error;
    return { ...NOTHING, mediaType };
  }
}

const NOTHING = {
  kind: 'image',
  blobs: [],
  manifests: [],
  subject: undefined,
  artifactType: undefined,
  annotations: undefined,
} as const;
