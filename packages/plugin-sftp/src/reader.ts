import type { ContentReader, ReadOptions } from '@outrigger/driver';
import { alreadyClosed, cancelled, versionChanged } from '@outrigger/driver';
import { toSftpError } from './errors.js';
import { versionOf } from './file-info.js';
import { openFile } from './open-file.js';
import type { Session, Stats } from './session.js';
import { OPEN } from './session.js';
import type { Store } from './store.js';
import type { ReadAhead } from './read-ahead.js';
import { createReadAhead } from './read-ahead.js';

/** Opens a regular file for reading. Errors of the open are those of the server. */
export async function openReader(
  store: Store,
  session: Session,
  path: string,
  options: ReadOptions = {},
): Promise<ContentReader> {
  const release = session.hold();
  try {
    const handle = await openFile(session, store.root.local(path), OPEN.read);
    const { offset = 0, length = Infinity } = options;
    const ahead = createReadAhead(session, handle, store.readAhead, offset, length);
    const stats = await session.fstat(handle).catch((error: unknown) => {
      ahead.close();
      throw error;
    });
    if (options.ifMatch !== undefined && options.ifMatch !== versionOf(stats)) {
      ahead.close();
      throw versionChanged(path);
    }
    ahead.endAt(stats.size);
    return createReader(path, stats, ahead, options.signal, release);
  } catch (error) {
    release();
    throw error;
  }
}

function createReader(
  path: string,
  stats: Stats,
  ahead: ReadAhead,
  signal: AbortSignal | undefined,
  release: () => void,
): ContentReader {
  const { size, modTime } = stats;
  let isClosed = false;
  const end = () => {
    ahead.close();
    release();
  };
  signal?.addEventListener('abort', end, { once: true });
  const check = () => {
    if (isClosed) throw alreadyClosed(path, 'closed');
    if (signal?.aborted) throw cancelled(path, signal.reason);
  };
  return {
    size,
    modTime,
    version: versionOf(stats),
    async read(into) {
      check();
      try {
        const count = await ahead.read(into);
        check();
        if (count === undefined) throw versionChanged(path);
        return count;
      } catch (error) {
        check();
        throw toSftpError(error, path, 'read');
      }
    },
    close() {
      isClosed = true;
      signal?.removeEventListener('abort', end);
      end();
      return Promise.resolve();
    },
  };
}
