import type { Digest } from '../../reference/digest.js';
import { REPOSITORIES, ROOT } from '../paths.js';

/*
 * What repositories have in Distribution's layout, which layout/paths.ts draws. A link is a file that holds a digest, without a newline.
 */

/** Below it lies all content. */
export const BLOBS = `${ROOT}/blobs`;

/** The directory of one blob. */
export function blobDirectory(digest: Digest): string {
  return `${BLOBS}/${digest.algorithm}/${digest.hex.slice(0, 2)}/${digest.hex}`;
}

export function blobData(digest: Digest): string {
  return `${blobDirectory(digest)}/data`;
}

export function layers(name: string): string {
  return `${REPOSITORIES}/${name}/${LAYERS}`;
}

/** The directory of one blob's link, which is all that this repository has of it. */
export function layer(name: string, digest: Digest): string {
  return `${layers(name)}/${digestParts(digest)}`;
}

export function layerLink(name: string, digest: Digest): string {
  return `${layer(name, digest)}/link`;
}

export function manifests(name: string): string {
  return `${REPOSITORIES}/${name}/${MANIFESTS}`;
}

/** Below it lie the manifests' links. */
export function revisions(name: string): string {
  return `${manifests(name)}/revisions`;
}

/** The directory of one manifest's link. */
export function revision(name: string, digest: Digest): string {
  return `${revisions(name)}/${digestParts(digest)}`;
}

export function revisionLink(name: string, digest: Digest): string {
  return `${revision(name, digest)}/link`;
}

export function tags(name: string): string {
  return `${manifests(name)}/tags`;
}

export function tag(name: string, tagName: string): string {
  return `${tags(name)}/${tagName}`;
}

export function tagCurrentLink(name: string, tagName: string): string {
  return `${tag(name, tagName)}/current/link`;
}

export function tagIndexLink(name: string, tagName: string, digest: Digest): string {
  return `${tag(name, tagName)}/index/${digestParts(digest)}/link`;
}

/** The names of a repository's own directories. */
export const LAYERS = '_layers';
export const MANIFESTS = '_manifests';

function digestParts({ algorithm, hex }: Digest): string {
  return `${algorithm}/${hex}`;
}
