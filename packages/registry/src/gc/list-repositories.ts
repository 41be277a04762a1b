import type { CallOptions, StorageDriver } from '@outrigger/driver';
import { REPOSITORIES } from '../layout/paths.js';
import { listNames } from '../layout/list-directory.js';

/** A directory below `repositories` that has directories of its own, which start with `_`. */
export interface RepositoryDirectory {
  readonly name: string;
  /** `_layers`, `_manifests`, `_uploads`, `_outrigger`: whichever are there. */
  readonly own: readonly string[];
}

/** All repositories, also those that hold no more than an unfinished upload; each before those below it. */
export async function* listRepositoryDirectories(
  driver: StorageDriver,
  options?: CallOptions,
  directory = REPOSITORIES,
): AsyncGenerator<RepositoryDirectory> {
  const names = await listNames(driver, directory, options);
  const own = names.filter((name) => name.startsWith('_'));
  if (own.length > 0 && directory !== REPOSITORIES)
    yield { name: directory.slice(REPOSITORIES.length + 1), own };
  for (const name of names) {
    if (!name.startsWith('_')) yield* listRepositoryDirectories(driver, options, `${directory}/${name}`);
  }
}
