import { createFacts } from '../../content/facts.js';
import { keysOfKind } from '../../replicas/family.js';
import type { StoreCore } from '../../store-core.js';
import type { TagNames } from './tag-names.js';
import { weighTagNames } from './tag-names.js';
import type { ContentPlaces, Layout } from '../layout.js';
import { createBlobMembership } from './blobs.js';
import { createDistributionGarbage } from './garbage/garbage-source.js';
import { createLinks } from './links.js';
import { createManifestMembership } from './manifests.js';
import type { DistributionStore } from './distribution-store.js';
import { blobData, layerLink, revisionLink, tagCurrentLink } from './paths.js';
import { createRetentionSource } from './retention-source.js';
import { listRepositoryNames } from './repositories.js';
import { createTags } from './tags.js';

/** All repositories share their content: where it lies, and what it is called, its digest says alone. */
const PLACES: ContentPlaces = {
  contentPath: (_name, digest) => blobData(digest),
  contentKey: (_name, digest) => digest.text,
};

/** Distribution's layout: what repositories have are links. */
export function createDistributionLayout(core: StoreCore, maxAgeMs?: number): Layout {
  const { driver, presence, family } = core;
  const store: DistributionStore = {
    ...core,
    layout: PLACES,
    links: createLinks(driver, presence, family, maxAgeMs),
    tagNames: createFacts<TagNames>(presence.family, KNOWN_TAGS, {
      shared: family && keysOfKind(family, 'tags'),
      maxAgeMs,
      weigh: weighTagNames,
    }),
  };
  const { links, tagNames } = store;
  const tags = createTags(store);
  return {
    kind: 'distribution',
    ...PLACES,
    blobs: createBlobMembership(store),
    manifests: createManifestMembership(store, tags),
    tags,
    garbage: createDistributionGarbage(driver),
    retention: createRetentionSource(store, tags),
    repositories: (options) => listRepositoryNames(driver, options),
    forget(name, { tag, digest, kind }) {
      if (tag !== undefined) {
        links.forget(tagCurrentLink(name, tag));
        tagNames.forget(name);
      }
      if (digest === undefined) return;
      if (kind !== 'manifest') links.forget(layerLink(name, digest));
      if (kind !== 'blob') links.forget(revisionLink(name, digest));
    },
    forgetContent: (digests) => links.forgetContent(digests),
  };
}

/** Names of all repositories together. About 60 bytes each. */
const KNOWN_TAGS = 131_072;
