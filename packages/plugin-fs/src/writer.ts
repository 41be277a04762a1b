import { statfs } from 'node:fs/promises';
import { constants } from 'node:fs';
import { dirname } from 'node:path';
import type { BigIntStats } from 'node:fs';
import type { FileWriter, WriterOptions } from '@outrigger/driver';
import { StorageError, alreadyClosed } from '@outrigger/driver';
import { createTemporary, discard, publish, seal } from './durable-write.js';
import { createEarlySync } from './early-sync.js';
import type { Disk } from './disk.js';
import { errnoOf, toFilesystemError } from './errors.js';
import { movePath } from './move.js';
import { createFile, openFile } from './open-file.js';
import type { Store } from './store.js';
import { requireOpen } from './temporary-name.js';
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
  if (expectedSize !== undefined && expectedSize >= WORTH_A_LOOK && mode !== 'append')
    await checkSpace(store, path, expectedSize);
  const opened = await open(store, local, mode);
  return createWriter(store, { path, local, ...opened });
}

/** Less is written and refused as quickly as the free space is asked for. */
const WORTH_A_LOOK = 16 * 1024 * 1024;

interface Opened {
  readonly fd: number;
  readonly size: number;
  readonly stats: BigIntStats;
  /** What is written to: the path itself, or a temporary file. */
  readonly file: string;
}

async function open(store: Store, local: string, mode: 'truncate' | 'append' | 'isolated'): Promise<Opened> {
  if (mode === 'isolated') {
    const { fd, stats, local: file } = await createTemporary(store, local);
    return { fd, stats, size: 0, file };
  }
  if (mode === 'append') {
    const { fd, stats } = await openFile(store.root, local, constants.O_WRONLY);
    return { fd, stats, size: Number(stats.size), file: local };
  }
  const { disk } = store.root;
  const { fd, stats } = await store.directories.withParent(local, () => createFile(store.root, local));
  try {
    if (stats.size > 0n) await disk.truncate(fd, 0);
  } catch (error) {
    await disk.close(fd);
    throw error;
  }
  return { fd, stats, size: 0, file: local };
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
  const { path, local, file, fd, stats } = target;
  const { disk } = store.root;
  const isolated = file !== local;
  const early = createEarlySync(store, fd);
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
  const finish = async () => {
    try {
      await cutAt(disk, fd, size);
      await early.settle();
    } catch (error) {
      await early.settle().catch(() => undefined);
      await discard(disk, fd, file);
      throw error;
    }
    await seal(store, fd, file);
  };
  const keep = async () => {
    await finish();
    // The file's own sync was one of all names before it, where it is on the root's file system.
    if (!disk.hasJournal || stats.dev !== store.root.dev) await store.directories.sync(dirname(local));
  };
  const place = async (to: string) => {
    try {
      requireOpen(to);
      await finish();
      await movePath(store, path, to);
    } catch (error) {
      throw toFilesystemError(error, to, 'write');
    }
  };
  const drop = async () => {
    await early.settle().catch(() => undefined);
    await discard(disk, fd, file);
  };

  return {
    get size() {
      return size;
    },
    local: {
      localPath: file,
      dev: Number(stats.dev),
      ino: Number(stats.ino),
      accept: (count) => {
        if (ended !== undefined) return Promise.reject(alreadyClosed(path, ended));
        size += count;
        early.note(count);
        return Promise.resolve();
      },
    },
    async write(chunk) {
      if (ended !== undefined) throw alreadyClosed(path, ended);
      try {
        await writeFully(disk, fd, chunk, size);
        size += chunk.length;
        early.note(chunk.length);
      } catch (error) {
        // What was not accepted must not be found by an append.
        await disk.truncate(fd, size).catch(() => undefined);
        throw toFilesystemError(error, path, 'write');
      }
    },
    close: () => end('closed', isolated ? drop : keep),
    commit: () =>
      end('committed', async () => {
        if (!isolated) return keep();
        await finish();
        await publish(store, { local: file, stats }, local);
      }),
    commitTo: (to) => end('committed', () => (to === path ? keep() : place(to))),
    cancel: async () => {
      // After a close or commit that failed there may still be something to remove; the descriptor is closed then.
      if (ended !== undefined && !failed) throw alreadyClosed(path, ended);
      const isOpen = ended === undefined;
      ended = 'cancelled';
      failed = false;
      await early.settle().catch(() => undefined);
      if (isOpen) await disk.close(fd);
      try {
        await disk.unlink(file);
      } catch (error) {
        if (errnoOf(error) !== 'ENOENT') throw toFilesystemError(error, path, 'write');
      }
    },
  };
}

/**
 * Whoever writes to the file directly may have written more than it told, when it was stopped half-way, also when it told
 * nothing yet; never less. Before the wait for the disk: nobody else has found the file by then.
 */
async function cutAt(disk: Disk, fd: number, size: number): Promise<void> {
  const found = Number((await disk.fstat(fd)).size);
  if (found > size) await disk.truncate(fd, size);
  if (found < size) throw Object.assign(new Error('bytes that were told of are not there'), { code: 'EIO' });
}
