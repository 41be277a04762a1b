import type { FileInfo } from '@outrigger/driver';
import { ForeignFileError } from './errors.js';
import type { Session, Stats } from './session.js';

/** Size and time: what replaces content has another time, see Times. */
export function versionOf({ size, modTime }: Stats): string {
  return `${String(size)}-${String(Math.floor(+modTime / 1000))}`;
}

export function toFileInfo(path: string, stats: Stats): FileInfo {
  const { kind, size, modTime } = stats;
  if (kind === 'directory') return { path, size: 0, modTime, isDir: true };
  return { path, size, modTime, isDir: false, version: versionOf(stats) };
}

/** @throws ForeignFileError for anything that is neither a regular file nor a directory; or the server's error */
export async function inspect(session: Session, local: string): Promise<Stats> {
  const stats = await session.lstat(local);
  if (stats.kind === 'other') throw new ForeignFileError('it is not a file or directory');
  return stats;
}
