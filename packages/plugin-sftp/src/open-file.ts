import { ForeignFileError } from './errors.js';
import type { Handle, Session, Stats } from './session.js';
import { OPEN } from './session.js';

const FILE_MODE = 0o640;

/** Opens a regular file that exists. The look at it and the open go out together: SFTP cannot open without following a link. */
export async function openFile(session: Session, local: string, flags: number): Promise<Handle> {
  const [looked, opened] = await Promise.allSettled([session.lstat(local), session.open(local, flags)]);
  const isFile = looked.status === 'fulfilled' && looked.value.kind === 'file';
  if (opened.status === 'fulfilled' && isFile) return opened.value;
  if (opened.status === 'fulfilled') session.close(opened.value).catch(() => undefined);
  if (looked.status === 'rejected') throw looked.reason;
  if (!isFile) throw new ForeignFileError('it is not a regular file');
  throw opened.status === 'rejected' ? opened.reason : new ForeignFileError('it is not a regular file');
}

/**
 * Makes a new file, or opens and empties the one that is there.
 *
 * @param note - is told what is there
 * @throws ForeignFileError when something else is there
 */
export async function createFile(
  session: Session,
  local: string,
  note: (stats: Stats) => void,
): Promise<Handle> {
  const stats = await session.lstat(local).catch(() => undefined);
  if (stats !== undefined && stats.kind !== 'file')
    throw new ForeignFileError(
      stats.kind === 'directory' ? 'a directory is there' : 'it is not a regular file',
    );
  if (stats !== undefined) note(stats);
  return session.open(local, OPEN.write | OPEN.create | OPEN.truncate, FILE_MODE);
}

/** Makes a file whose name is new. */
export function createNew(session: Session, local: string): Promise<Handle> {
  return session.open(local, OPEN.write | OPEN.create | OPEN.exclusive, FILE_MODE);
}
