import { existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Where the executables of the packages lie that were installed with this one: a package manager puts them into a
 * `node_modules/.bin` beside this package or above it. So that drivers are found when the PATH does not have it.
 */
export function shippedDirectories(from = fileURLToPath(import.meta.url)): string[] {
  return ancestors(dirname(realpathSync(from)))
    .map((directory) => join(directory, 'node_modules', '.bin'))
    .filter((directory) => existsSync(directory));
}

function ancestors(directory: string): string[] {
  const parent = dirname(directory);
  return parent === directory ? [directory] : [directory, ...ancestors(parent)];
}
