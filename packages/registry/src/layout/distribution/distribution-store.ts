import type { ContentStore } from '../../blobs/blob-content.js';
import type { Facts } from '../../content/facts.js';
import type { StoreCore } from '../../store-core.js';
import type { TagNames } from './tag-names.js';
import type { Links } from './links.js';

/** What the parts of Distribution's layout work on. */
export interface DistributionStore extends StoreCore, ContentStore {
  readonly links: Links;
  /** The tags of repositories, see list-tags.ts. */
  readonly tagNames: Facts<TagNames>;
}
