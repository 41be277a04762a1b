import { comparePaths } from '@outrigger/driver';
import type { Store } from '../store.js';
import type { CatalogOptions, CatalogPage } from './catalog.js';
import { listRepositories } from './catalog.js';

export interface CatalogPart {
  readonly store: Store;
  /** Whether requests to a repository go to this store: in another one nobody sees it. */
  readonly has: (name: string) => boolean;
}

/** The repositories of several stores in one list, ordered and paged as that of one. */
export async function listAllRepositories(
  parts: readonly CatalogPart[],
  options: CatalogOptions,
): Promise<CatalogPage> {
  const { limit, isVisible } = options;
  const pages = await Promise.all(
    parts.map(({ store, has }) =>
      listRepositories(store, {
        ...options,
        isVisible: (name) => has(name) && (isVisible?.(name) ?? true),
      }),
    ),
  );
  const all = pages.flatMap(({ repositories }) => repositories).sort(comparePaths);
  return {
    repositories: all.slice(0, limit),
    more: all.length > limit || pages.some(({ more }) => more),
  };
}
