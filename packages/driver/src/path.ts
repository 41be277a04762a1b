import { invalidPath } from './storage-error.js';

/** Distribution's rule (registry/storage/driver, PathRegexp): absolute, no empty part, no slash at the end. */
export const PATH_PATTERN = /^(?:\/[A-Za-z0-9._-]+)+$/;

/** The longest path, in bytes: room below PATH_MAX of Linux for a driver's root, and S3 keys end at 1,024. */
export const MAX_PATH_LENGTH = 1024;

/** @throws StorageError INVALID_PATH */
export function checkPath(path: string): void {
  if (path.length > MAX_PATH_LENGTH)
    throw invalidPath(`${path.slice(0, 64)}...`, `longer than ${String(MAX_PATH_LENGTH)}`);
  if (!PATH_PATTERN.test(path)) throw invalidPath(path);
  if (hasDotPart(path)) throw invalidPath(path, 'the parts . and .. are not allowed');
}

/** As {@link checkPath}, for the operations on which `/` is allowed too. */
export function checkDirectoryPath(path: string): void {
  if (path !== '/') checkPath(path);
}

/**
 * Walk order: depth first, names in byte order, as if `/` were the smallest character; so `/a`, `/a/x`, `/a-b`.
 *
 * @returns negative, 0 or positive, as for Array.prototype.sort
 */
export function comparePaths(a: string, b: string): number {
  const end = Math.min(a.length, b.length);
  for (let i = 0; i < end; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return (x === SLASH ? 0 : x) - (y === SLASH ? 0 : y);
  }
  return a.length - b.length;
}

/** Byte order of ASCII names, without the locale. */
export function compareNames(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** `/a/b` and `c` to `/a/b/c`; `/` and `c` to `/c`. */
export function joinPath(directory: string, name: string): string {
  return directory === '/' ? `/${name}` : `${directory}/${name}`;
}

/** Whether `path` lies below `directory` (and is not it). */
export function isBelow(path: string, directory: string): boolean {
  return directory === '/' ? path !== '/' : path.startsWith(`${directory}/`);
}

/** The last part of a path. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** The directory that a path lies in; `/` for a path of one part. */
export function parentPath(path: string): string {
  const end = path.lastIndexOf('/');
  return end <= 0 ? '/' : path.slice(0, end);
}

const SLASH = 47;

function hasDotPart(path: string): boolean {
  return path.includes('/.') && path.split('/').some((part) => part === '.' || part === '..');
}
