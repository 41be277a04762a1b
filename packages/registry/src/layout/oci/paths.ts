import type { Digest } from '../../reference/digest.js';

/*
 * One OCI image layout for each repository (image-spec, image-layout.md), in the directory of its name below the root of the store:
 *
 *   /
 *   ├── <name>
 *   │   ├── oci-layout
 *   │   ├── index.json                  the manifests, and the tags that name them
 *   │   └── blobs/<algorithm>/<hex>     content: manifests and what they name
 *   └── _outrigger                      ours: all that is no layout, see relocate.ts
 */

export const LAYOUT_FILE = 'oci-layout';
export const INDEX_FILE = 'index.json';
export const BLOBS = 'blobs';

/** Below it lies what is no layout. */
export const ASIDE = '/_outrigger';

export function layoutFile(name: string): string {
  return `/${name}/${LAYOUT_FILE}`;
}

export function indexFile(name: string): string {
  return `/${name}/${INDEX_FILE}`;
}

export function blobs(name: string): string {
  return `/${name}/${BLOBS}`;
}

export function blobFile(name: string, { algorithm, hex }: Digest): string {
  return `${blobs(name)}/${algorithm}/${hex}`;
}
