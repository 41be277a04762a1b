import { fileURLToPath } from 'node:url';

/** The checkout. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** The command, as it is built. */
export const MAIN = fromRoot('packages/cli/dist/main.js');

/** The executable of the filesystem driver. */
export const FILESYSTEM_DRIVER = fromRoot('packages/plugin-fs/dist/main.js');

export function fromRoot(path: string): string {
  return fileURLToPath(new URL(`../../${path}`, import.meta.url));
}
