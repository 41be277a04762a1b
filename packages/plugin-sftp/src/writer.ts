import type { FileWriter, WriterMode, WriterOptions } from '@outrigger/driver';
import { alreadyClosed } from '@outrigger/driver';
import type { Explain } from './explain.js';
import { STATUS, statusOf, toSftpError } from './errors.js';
import { movePath } from './move.js';
import { createFile, openFile } from './open-file.js';
import { createTemporary, discard, publish, seal } from './replace-file.js';
import type { TemporaryFile } from './replace-file.js';
import { directoryOf } from './root.js';
import type { Session, Stats } from './session.js';
import { OPEN } from './session.js';
import { requireSpace } from './space.js';
import type { Store } from './store.js';
import { requireOpen } from './temporary-name.js';
import { createWriteAhead } from './write-ahead.js';

interface Opened extends TemporaryFile {
  readonly size: number;
}

interface Target extends Opened {
  readonly path: string;
  /** Where the content belongs; `local` is what is written to: the same, or a temporary file. */
  readonly final: string;
}

/**
 * Opens a writer. `truncate` and `append` write in place, as Distribution does on its file system: what is at the path is cut or
 * grows at once, and a reader of it sees that. Only `isolated` (and `put`) replace content atomically.
 */
export async function openWriter(
  store: Store,
  session: Session,
  path: string,
  options: WriterOptions,
  explain: Explain,
): Promise<FileWriter> {
  const { mode = 'truncate', expectedSize = 0 } = options;
  const final = store.root.local(path);
  if (mode !== 'append') await requireSpace(store, session, expectedSize);
  const release = session.hold();
  try {
    const opened = await open(store, session, final, mode);
    return createWriter(store, session, { ...opened, path, final }, { explain, release });
  } catch (error) {
    release();
    throw error;
  }
}

async function open(store: Store, session: Session, local: string, mode: WriterMode): Promise<Opened> {
  if (mode === 'isolated') return { ...(await createTemporary(store, session, local)), size: 0 };
  if (mode === 'truncate') {
    const note = (stats: Stats) => store.times.note(local, stats);
    const make = () => createFile(session, local, note);
    return { handle: await store.directories.withParent(session, local, make), local, size: 0 };
  }
  const handle = await openFile(session, local, OPEN.write);
  try {
    return { handle, local, size: (await session.fstat(handle)).size };
  } catch (error) {
    session.close(handle).catch(() => undefined);
    throw error;
  }
}

interface Surroundings {
  readonly explain: Explain;
  readonly release: () => void;
}

function createWriter(
  store: Store,
  session: Session,
  target: Target,
  { explain, release }: Surroundings,
): FileWriter {
  const { path, local, final, handle } = target;
  const isIsolated = local !== final;
  let ahead = createWriteAhead(session, handle, target.size);
  let size = target.size;
  let ended: 'closed' | 'committed' | 'cancelled' | undefined;
  let hasFailed = false;

  /**
   * What was not accepted must not be found by an append: pieces behind the one that failed may have been written. What is
   * before it can be gone on with, or kept; unless the cut fails too.
   */
  const cutBack = async () => {
    await ahead.settle().catch(() => undefined);
    size = ahead.written;
    await session.truncate(handle, size);
    ahead = createWriteAhead(session, handle, size);
  };
  const end = async (how: NonNullable<typeof ended>, run: () => Promise<void>) => {
    if (ended !== undefined) throw alreadyClosed(path, ended);
    ended = how;
    try {
      await run();
    } catch (error) {
      hasFailed = true;
      throw await explain(session, error, path);
    } finally {
      release();
    }
  };
  /** An upload stays as far as it got: only its last bytes have failed. */
  const leave = async () => {
    await cutBack().catch(() => undefined);
    await session.close(handle).catch(() => undefined);
  };
  const finish = async () => {
    try {
      await ahead.settle();
    } catch (error) {
      if (isIsolated) await discard(session, target);
      else await leave();
      throw error;
    }
    await seal(store, session, target);
  };
  const keep = async () => {
    await finish();
    await store.times.settle(session, final);
    await store.directories.sync(session, directoryOf(final));
  };
  const drop = async () => {
    await ahead.settle().catch(() => undefined);
    await discard(session, target);
  };
  const place = async (to: string) => {
    requireOpen(to);
    await finish();
    await movePath(store, session, path, to);
  };

  return {
    get size() {
      return size;
    },
    async write(chunk) {
      if (ended !== undefined) throw alreadyClosed(path, ended);
      try {
        await ahead.write(chunk);
        size += chunk.length;
      } catch (error) {
        await cutBack().catch(() => undefined);
        throw await explain(session, error, path);
      }
    },
    close: () => end('closed', isIsolated ? drop : keep),
    commit: () =>
      end('committed', async () => {
        if (!isIsolated) return keep();
        await finish();
        await publish(store, session, target, final);
      }),
    commitTo: (to) => end('committed', () => (to === path ? keep() : place(to))),
    cancel: async () => {
      // After a close or commit that failed there may still be something to remove; the handle is closed then.
      if (ended !== undefined && !hasFailed) throw alreadyClosed(path, ended);
      const isOpen = ended === undefined;
      ended = 'cancelled';
      hasFailed = false;
      try {
        await ahead.settle().catch(() => undefined);
        if (isOpen) await session.close(handle).catch(() => undefined);
        await removeIfPresent(session, local);
      } catch (error) {
        throw toSftpError(error, path, 'write');
      } finally {
        release();
      }
    },
  };
}

async function removeIfPresent(session: Session, local: string): Promise<void> {
  try {
    await session.unlink(local);
  } catch (error) {
    if (statusOf(error) !== STATUS.noSuchFile) throw error;
  }
}
