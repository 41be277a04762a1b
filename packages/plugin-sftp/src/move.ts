import { isBelow, pathNotFound } from '@outrigger/driver';
import { ForeignFileError, toSftpError } from './errors.js';
import { inspect } from './file-info.js';
import { directoryOf } from './root.js';
import type { Session, Stats } from './session.js';
import type { Store } from './store.js';
import { isTemporary } from './temporary-name.js';

/** Renames a file or a directory; a file at the destination is replaced atomically. */
export async function movePath(
  store: Store,
  session: Session,
  source: string,
  destination: string,
): Promise<void> {
  const { root, directories } = store;
  const stats = await inspectSource(store, session, source);
  if (isBelow(destination, source)) throw new ForeignFileError('it lies below the source');
  const from = root.local(source);
  const to = root.local(destination);
  await directories.withParent(session, to, async () => {
    try {
      if (stats.kind === 'file') await store.times.place(session, from, to, () => session.rename(from, to));
      else await session.rename(from, to);
    } catch (error) {
      // The source is gone, or the directory of the destination. This tells which.
      await inspectSource(store, session, source);
      throw error;
    }
  });
  if (stats.kind === 'directory') {
    directories.gone(from);
    directories.gone(to);
  }
  await Promise.all([
    directories.sync(session, directoryOf(to)),
    directories.sync(session, directoryOf(from)),
  ]);
}

async function inspectSource(store: Store, session: Session, source: string): Promise<Stats> {
  if (isTemporary(source)) throw pathNotFound(source);
  try {
    return await inspect(session, store.root.local(source));
  } catch (error) {
    throw toSftpError(error, source, 'read');
  }
}
