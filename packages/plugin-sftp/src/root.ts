import { posix } from 'node:path';

/** The directory of the server that holds everything. */
export interface Root {
  /** Absolute, or relative to where the account lands; without a slash at the end. */
  readonly path: string;
  /** The server's path of a driver's path. */
  local(path: string): string;
}

export function createRoot(directory: string): Root {
  const normal = posix.normalize(directory);
  const path = normal.length > 1 ? normal.replace(/\/$/, '') : normal;
  const prefix = path === '/' ? '' : path;
  return { path, local: (name) => (name === '/' ? path : prefix + name) };
}

/** The directory that a path of the server lies in. */
export function directoryOf(local: string): string {
  return posix.dirname(local);
}
