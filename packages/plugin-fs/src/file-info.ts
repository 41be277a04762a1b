import type { BigIntStats } from 'node:fs';
import { dirname } from 'node:path';
import type { FileInfo, LocalFile } from '@outrigger/driver';
import { ForeignFileError } from './errors.js';
import type { Root } from './root.js';

/**
 * Every replacement of content makes a new file, and writing in place changes size or time; only two changes of one size
 * within a tick of the kernel's clock could look alike.
 */
export function versionOf(stats: BigIntStats): string {
  return `${String(stats.ino)}-${String(stats.size)}-${String(stats.mtimeNs)}`;
}

export function modTimeOf(stats: BigIntStats): Date {
  return new Date(Number(stats.mtimeMs));
}

/** @throws ForeignFileError for anything that is neither a regular file nor a directory below the root */
export async function inspect(root: Root, path: string): Promise<BigIntStats> {
  const local = root.local(path);
  const trusted = path === '/' || root.isTrusted(dirname(local));
  const stats = await root.disk.lstat(local);
  if (!isOurs(stats) || !(await trusted))
    throw new ForeignFileError('it is not a file or directory below the root');
  return stats;
}

export async function localFile(root: Root, path: string): Promise<LocalFile> {
  const stats = await inspect(root, path);
  if (!stats.isFile()) throw new ForeignFileError('it is not a regular file');
  return {
    localPath: root.local(path),
    size: Number(stats.size),
    modTime: modTimeOf(stats),
    dev: Number(stats.dev),
    ino: Number(stats.ino),
    version: versionOf(stats),
  };
}

export function toFileInfo(path: string, stats: BigIntStats): FileInfo {
  const modTime = modTimeOf(stats);
  if (stats.isDirectory()) return { path, size: 0, modTime, isDir: true };
  return { path, size: Number(stats.size), modTime, isDir: false, version: versionOf(stats) };
}

export function isOurs(entry: { isFile(): boolean; isDirectory(): boolean }): boolean {
  return entry.isFile() || entry.isDirectory();
}
