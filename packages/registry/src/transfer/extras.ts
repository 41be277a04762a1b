import type { CallOptions } from '@outrigger/driver';
import { hasManifest } from '../manifests/manifest-content.js';
import { isRegistryError } from '../registry-error.js';
import type { Store } from '../store.js';
import { forEach } from './for-each.js';
import { allRepositories, allTags, storedRepository } from './store-source.js';

/** Something that a store has and the one that it was copied from has not: it was deleted there, or pushed here. */
export interface Extra {
  readonly repository: string;
  /** A tag, or the digest of a manifest. Undefined: the whole repository. */
  readonly reference: string | undefined;
}

/** Looks for what `store` has more than `origin`. Blobs are not looked at: without a manifest they are garbage. */
export async function findExtras(
  origin: Store,
  store: Store,
  found: (extra: Extra) => void,
  options?: CallOptions,
): Promise<void> {
  for await (const name of allRepositories(store, options)) {
    if (!(await hasRepository(origin, name, options))) {
      found({ repository: name, reference: undefined });
      continue;
    }
    await forEach(storedRepository(store, name).manifests(options), PARALLEL, async (digest) => {
      if (!(await hasManifest(store, name, digest, options))) return;
      if (!(await hasManifest(origin, name, digest, options)))
        found({ repository: name, reference: digest.text });
    });
    await forEach(allTags(store, name, options), PARALLEL, async ({ tag }) => {
      if ((await origin.layout.tags.resolve(name, tag, options)) === undefined)
        found({ repository: name, reference: tag });
    });
  }
}

const PARALLEL = 16;

async function hasRepository(store: Store, name: string, options?: CallOptions): Promise<boolean> {
  try {
    await store.layout.tags.list(name, { ...options, limit: 1 });
    return true;
  } catch (error) {
    if (isRegistryError(error, 'NAME_UNKNOWN')) return false;
    throw error;
  }
}
