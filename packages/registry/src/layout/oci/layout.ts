import type { StoreCore } from '../../store-core.js';
import type { ContentPlaces, Layout } from '../layout.js';
import { createBlobMembership } from './blobs.js';
import { createIndexChanger } from './change-index.js';
import { checkLayoutName } from './check-layout-name.js';
import { createLayoutGarbage } from './garbage-source.js';
import { createIndexStore } from './index-store.js';
import { createManifestMembership } from './manifests.js';
import { blobFile } from './paths.js';
import { createReachable } from './reachable.js';
import { listLayouts } from './repositories.js';
import { createTags } from './tags.js';

/** Each repository has its own content. */
const PLACES: ContentPlaces = {
  contentPath: blobFile,
  contentKey: (name, digest) => `${name}@${digest.text}`,
};

/**
 * One OCI image layout for each repository, as zot and oras write them.
 *
 * @param core - with a driver of relocate.ts
 */
export function createOciLayout(core: StoreCore, maxAgeMs?: number): Layout {
  const contents = { ...core, layout: PLACES };
  const indexes = createIndexStore(core, maxAgeMs);
  const changer = createIndexChanger(core, indexes);
  const store = { ...contents, indexes, changer, reachable: createReachable(contents) };
  return {
    kind: 'oci',
    ...PLACES,
    blobs: createBlobMembership(store),
    manifests: createManifestMembership(store),
    tags: createTags(store),
    garbage: createLayoutGarbage(store),
    checkName: checkLayoutName,
    repositories: (options) => listLayouts(core.driver, options),
    forget: (name) => indexes.forget(name),
    // What is remembered of content has its key, and goes by it.
    forgetContent: () => undefined,
  };
}
