import type { CallOptions } from '@outrigger/driver';
import { baseName, comparePaths, isBelow, isStorageError, joinPath, listAll } from '@outrigger/driver';
import { LAYERS, MANIFESTS, REPOSITORIES } from '../layout/paths.js';
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

/**
 * Repositories in path order (`/` before all other characters), each before those below it. A repository is a
 * directory with manifests or blobs; one that has only seen an unfinished upload is none.
 */
export async function listRepositories(store: Store, options: CatalogOptions): Promise<CatalogPage> {
  const found: string[] = [];
  const { isVisible } = options;
  for await (const name of repositories(store, REPOSITORIES, options)) {
    if (isVisible !== undefined && !isVisible(name)) continue;
    if (found.length === options.limit) return { repositories: found, more: true };
    found.push(name);
  }
  return { repositories: found, more: false };
}

/** All repositories below a directory. Their own directories, which start with `_`, are never entered. */
async function* repositories(
  store: Store,
  directory: string,
  options: CatalogOptions,
): AsyncGenerator<string> {
  const { last, signal } = options;
  const after = last === undefined ? undefined : `${REPOSITORIES}/${last}`;
  const names = await listNames(store, directory, { signal });
  const isAfter = after === undefined || comparePaths(directory, after) > 0;
  const isRepository = names.includes(MANIFESTS) || names.includes(LAYERS);
  if (isAfter && isRepository && directory !== REPOSITORIES) yield directory.slice(REPOSITORIES.length + 1);
  for (const name of names) {
    const child = joinPath(directory, name);
    const isWhollyBefore = after !== undefined && comparePaths(child, after) < 0 && !isBelow(after, child);
    if (!name.startsWith('_') && !isWhollyBefore) yield* repositories(store, child, options);
  }
}

async function listNames(store: Store, directory: string, options: CallOptions): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const entry of listAll(store.driver, directory, options)) {
      if (entry.isDir !== false) names.push(baseName(entry.path));
    }
  } catch (error) {
    if (!isStorageError(error, 'PATH_NOT_FOUND')) throw error;
  }
  return names;
}
