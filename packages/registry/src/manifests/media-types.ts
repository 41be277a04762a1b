/** The manifests that the registry takes. */
export const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
export const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';
export const DOCKER_MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';
export const DOCKER_LIST = 'application/vnd.docker.distribution.manifest.list.v2+json';

/** `image` names a config and layers, `index` names manifests. */
export type ManifestKind = 'image' | 'index';

/** Undefined for a media type that no manifest has. */
export function manifestKind(mediaType: string): ManifestKind | undefined {
  return KINDS.get(mediaType);
}

/** Layers that may be absent from the registry: whoever pulls the image fetches them from elsewhere. */
export function isNonDistributable(mediaType: string): boolean {
  return mediaType === FOREIGN_LAYER || mediaType.startsWith(NON_DISTRIBUTABLE_LAYER);
}

/** Layers that clients fetch from the URLs of their descriptor. */
export function isLayer(mediaType: string): boolean {
  return mediaType === FOREIGN_LAYER || mediaType.startsWith(OCI_LAYER);
}

/** Signed and unsigned manifests of Docker before 1.10: old stores hold them, nobody can push them. */
export const DOCKER_SCHEMA1 = 'application/vnd.docker.distribution.manifest.v1+prettyjws';

const KINDS: ReadonlyMap<string, ManifestKind> = new Map([
  [OCI_MANIFEST, 'image'],
  [DOCKER_MANIFEST, 'image'],
  [OCI_INDEX, 'index'],
  [DOCKER_LIST, 'index'],
]);

const FOREIGN_LAYER = 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip';
const OCI_LAYER = 'application/vnd.oci.image.layer.';
const NON_DISTRIBUTABLE_LAYER = 'application/vnd.oci.image.layer.nondistributable.v1.tar';
