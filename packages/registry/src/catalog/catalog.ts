import type { CallOptions } from '@outrigger/driver';
import type { Store } from '../store.js';

export interface CatalogPage {
  readonly repositories: readonly string[];
  /** Whether repositories come after the last one. */
  readonly more: boolean;
}

export interface CatalogOptions extends CallOptions {
  readonly limit: number;
  /** Only repositories after this one. */
  readonly last?: string | undefined;
  /** The others are passed over. */
  readonly isVisible?: ((name: string) => boolean) | undefined;
}

/** Repositories in path order (`/` before all other characters), each before those below it. */
export async function listRepositories(store: Store, options: CatalogOptions): Promise<CatalogPage> {
  const found: string[] = [];
  const { isVisible, last: after, signal } = options;
  for await (const name of store.layout.repositories({ after, signal })) {
    if (isVisible !== undefined && !isVisible(name)) continue;
    if (found.length === options.limit) return { repositories: found, more: true };
    found.push(name);
  }
  return { repositories: found, more: false };
}
