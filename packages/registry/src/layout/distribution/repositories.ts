import type { CallOptions, StorageDriver } from '@outrigger/driver';
import { baseName, comparePaths, isBelow, isStorageError, joinPath, listAll } from '@outrigger/driver';
import { REPOSITORIES } from '../paths.js';
import { LAYERS, MANIFESTS } from './paths.js';

interface RepositoryOptions extends CallOptions {
  readonly after?: string | undefined;
}

/** All repositories: directories with manifests or blobs. Their own directories, which start with `_`, are never entered. */
export async function* listRepositoryNames(
  driver: StorageDriver,
  options: RepositoryOptions,
  directory = REPOSITORIES,
): AsyncGenerator<string> {
  const { after: last, signal } = options;
  const after = last === undefined ? undefined : `${REPOSITORIES}/${last}`;
  const names = await listDirectories(driver, directory, { signal });
  const isAfter = after === undefined || comparePaths(directory, after) > 0;
  const isRepository = names.includes(MANIFESTS) || names.includes(LAYERS);
  if (isAfter && isRepository && directory !== REPOSITORIES) yield directory.slice(REPOSITORIES.length + 1);
  for (const name of names) {
    const child = joinPath(directory, name);
    const isWhollyBefore = after !== undefined && comparePaths(child, after) < 0 && !isBelow(after, child);
    if (!name.startsWith('_') && !isWhollyBefore) yield* listRepositoryNames(driver, options, child);
  }
}

async function listDirectories(
  driver: StorageDriver,
  directory: string,
  options: CallOptions,
): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const entry of listAll(driver, directory, options)) {
      if (entry.isDir !== false) names.push(baseName(entry.path));
    }
  } catch (error) {
    if (!isStorageError(error, 'PATH_NOT_FOUND')) throw error;
  }
  return names;
}
