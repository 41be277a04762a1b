import type { FileHandle } from 'node:fs/promises';
import { statfs, unlink } from 'node:fs/promises';
import { constants } from 'node:fs';
import { dirname } from 'node:path';
import type { FileWriter, WriterOptions } from '@outrigger/driver';
import { StorageError, alreadyClosed } from '@outrigger/driver';
import { createTemporary, discard, publish, seal } from './durable-write.js';
import { errnoOf, toFilesystemError } from './errors.js';
import { createFile, openFile } from './open-file.js';
import type { Store } from './store.js';
import { writeFully } from './write-fully.js';

/**
 * Opens a writer. `truncate` and `append` write in place, as Distribution does, so that either registry continues the
 * other's uploads: what is at the path is cut or grows at once, and a reader of it sees that. Only `isolated` (and
 * `put`) replace content atomically.
 */
export async function openWriter(
  store: Store,
  path: string,
  options: WriterOptions = {},
): Promise<FileWriter> {
  const { mode = 'truncate', expectedSize } = options;
  const local = store.root.local(path);
  if (expectedSize !== undefined && mode !== 'append') await checkSpace(store, path, expectedSize);
  const opened = await open(store, local, mode);
  return createWriter(store, { path, local, ...opened });
}

interface Opened {
  readonly handle: FileHandle;
  readonly size: number;
  /** What is written to: the path itself, or a temporary file. */
  readonly file: string;
}

async function open(store: Store, local: string, mode: 'truncate' | 'append' | 'isolated'): Promise<Opened> {
  if (mode === 'isolated') {
    const temporary = await createTemporary(store, local);
    return { handle: temporary.handle, size: 0, file: temporary.local };
  }
  if (mode === 'append') {
    const { handle, stats } = await openFile(store.root, local, constants.O_WRONLY);
    return { handle, size: Number(stats.size), file: local };
  }
  const { handle } = await store.directories.withParent(local, () => createFile(store.root, local));
  try {
    await handle.truncate(0);
  } catch (error) {
    await handle.close();
    throw error;
  }
  return { handle, size: 0, file: local };
}

/** Early news of a full disk, before anything is made. Only root may use the reserve that `bavail` leaves out. */
async function checkSpace(store: Store, path: string, needed: number): Promise<void> {
  const { blocks, bavail, bfree, bsize } = await statfs(store.root.path);
  const free = process.getuid?.() === 0 ? bfree : bavail;
  if (blocks === 0 || needed <= free * bsize) return;
  throw new StorageError('QUOTA_EXCEEDED', `no space left for ${String(needed)} bytes: ${path}`, { path });
}

interface Target extends Opened {
  readonly path: string;
  readonly local: string;
}

function createWriter(store: Store, target: Target): FileWriter {
  const { path, local, file, handle } = target;
  const isolated = file !== local;
  let size = target.size;
  let ended: 'closed' | 'committed' | 'cancelled' | undefined;
  let failed = false;

  const end = async (how: NonNullable<typeof ended>, run: () => Promise<void>) => {
    if (ended !== undefined) throw alreadyClosed(path, ended);
    ended = how;
    try {
      await run();
    } catch (error) {
      failed = true;
      throw toFilesystemError(error, path, 'write');
    }
  };
  const keep = async () => {
    await seal(store, handle, file);
    await store.directories.sync(dirname(local));
  };

  return {
    get size() {
      return size;
    },
    async write(chunk) {
      if (ended !== undefined) throw alreadyClosed(path, ended);
      try {
        await writeFully(handle, chunk, size);
        size += chunk.length;
      } catch (error) {
        // What was not accepted must not be found by an append.
        await handle.truncate(size).catch(() => undefined);
        throw toFilesystemError(error, path, 'write');
      }
    },
    close: () => end('closed', isolated ? () => discard(handle, file) : keep),
    commit: () =>
      end('committed', async () => {
        if (!isolated) return keep();
        await seal(store, handle, file);
        await publish(store, file, local);
      }),
    cancel: async () => {
      // After a close or commit that failed there may still be something to remove.
      if (ended !== undefined && !failed) throw alreadyClosed(path, ended);
      ended = 'cancelled';
      failed = false;
      await handle.close().catch(() => undefined);
      await unlink(file).catch((error: unknown) => {
        if (errnoOf(error) !== 'ENOENT') throw toFilesystemError(error, path, 'write');
      });
    },
  };
}
