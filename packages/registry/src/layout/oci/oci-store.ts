import type { ContentStore } from '../../blobs/blob-content.js';
import type { StoreCore } from '../../store-core.js';
import type { IndexChanger } from './change-index.js';
import type { IndexStore } from './index-store.js';
import type { Reachable } from './reachable.js';

/** What the parts of this layout work on. */
export interface OciStore extends StoreCore, ContentStore {
  readonly indexes: IndexStore;
  readonly changer: IndexChanger;
  readonly reachable: Reachable;
}
