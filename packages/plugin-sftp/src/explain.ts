import type { StorageError } from '@outrigger/driver';
import { ForeignFileError, NoSpaceError, STATUS, statusOf, toSftpError } from './errors.js';
import { directoryOf } from './root.js';
import type { Session } from './session.js';
import { isFull } from './space.js';
import type { Store } from './store.js';

/** Finds out why the server refused to write, and says so. */
export type Explain = (session: Session, error: unknown, path: string) => Promise<StorageError>;

/** Servers that are not OpenSSH say it in words. */
const FULL = /no space|disk full|quota/i;

/** SFTP answers most of what can go wrong with one and the same status: what is there, and what room is left, tells them apart. */
export function createExplain(store: Store): Explain {
  return async (session, error, path) => {
    const status = statusOf(error);
    if (status === STATUS.failure) {
      if (error instanceof Error && FULL.test(error.message))
        return toSftpError(new NoSpaceError('no space left'), path, 'write');
      const obstacle = await findObstacle(store, session, path);
      if (obstacle !== undefined) return toSftpError(new ForeignFileError(obstacle), path, 'write');
      if (await isFull(store, session)) return toSftpError(new NoSpaceError('no space left'), path, 'write');
    }
    return toSftpError(error, path, 'write');
  };
}

async function findObstacle(store: Store, session: Session, path: string): Promise<string | undefined> {
  const local = store.root.local(path);
  const kindOf = async (place: string) =>
    session.stat(place).then(
      ({ kind }) => kind,
      () => undefined,
    );
  const [at, above] = await Promise.all([kindOf(local), kindOf(directoryOf(local))]);
  if (at === 'directory') return 'a directory is there';
  if (above === 'file') return 'a part of it is not a directory';
  return at === 'other' ? 'it is not a regular file' : undefined;
}
