import type { FileInfo } from '@outrigger/driver';
import { ForeignFileError } from './errors.js';
import type { Session, Stats } from './session.js';

/**
 * There is no version in it: SFTP tells no inode, and times in whole seconds, so that two contents of one size that are
 * written within a second look alike.
 */
export function toFileInfo(path: string, { kind, size, modTime }: Stats): FileInfo {
  return { path, size, modTime, isDir: kind === 'directory' };
}

/** @throws ForeignFileError for anything that is neither a regular file nor a directory; or the server's error */
export async function inspect(session: Session, local: string): Promise<Stats> {
  const stats = await session.lstat(local);
  if (stats.kind === 'other') throw new ForeignFileError('it is not a file or directory');
  return stats;
}
