import { STATUS, statusOf } from './errors.js';
import { inspect } from './file-info.js';
import { readAllEntries } from './read-directory.js';
import { directoryOf } from './root.js';
import type { Session } from './session.js';
import type { Store } from './store.js';

const AT_A_TIME = 32;
/** Somebody may put files into a directory while it is deleted. */
const MAX_ATTEMPTS = 4;

/** Removes a file, or a directory with all below it. Links in it are removed and never followed. */
export async function deletePath(store: Store, session: Session, path: string): Promise<void> {
  const local = store.root.local(path);
  const stats = await inspect(session, local);
  if (stats.kind === 'directory') {
    await removeTree(session, local);
    store.directories.gone(local);
  } else {
    await session.unlink(local);
    store.times.note(local, stats);
  }
  await store.directories.sync(session, directoryOf(local));
}

async function removeTree(session: Session, directory: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    await empty(session, directory);
    try {
      await unlessAbsent(session.rmdir(directory));
      return;
    } catch (error) {
      if (statusOf(error) !== STATUS.failure || attempt === MAX_ATTEMPTS) throw error;
    }
  }
}

async function empty(session: Session, directory: string): Promise<void> {
  const entries = (await unlessAbsent(readAllEntries(session, directory))) ?? [];
  const others = entries.filter(({ kind }) => kind !== 'directory');
  for (let i = 0; i < others.length; i += AT_A_TIME) {
    const some = others.slice(i, i + AT_A_TIME);
    await Promise.all(some.map(({ name }) => unlessAbsent(session.unlink(`${directory}/${name}`))));
  }
  for (const { name, kind } of entries)
    if (kind === 'directory') await removeTree(session, `${directory}/${name}`);
}

async function unlessAbsent<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (statusOf(error) === STATUS.noSuchFile) return undefined;
    throw error;
  }
}
