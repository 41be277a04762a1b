import { constants } from 'node:fs';
import { join } from 'node:path';
import type { Disk } from './disk.js';
import { temporaryFor } from './temporary-name.js';

/**
 * Makes durable, on a file system with one ordered journal, every name that was made, changed or removed before: calls at the
 * same time share one fsync.
 */
export interface NameBarrier {
  /** Resolves when all changes of names that had ended when it was called are on disk. A sync that fails is not repeated. */
  pass(): Promise<void>;
  close(): Promise<void>;
}

/**
 * What is synced is a file of its own without a name, of which the size is changed before: a directory in which nothing has happened since the last
 * commit of the journal may have nothing to sync, whatever else is waiting to be committed.
 *
 * @param directory - on the file system that it is for
 */
export function createNameBarrier(disk: Disk, directory: string): NameBarrier {
  let opened: Promise<number> | undefined;
  let size = 0;
  let next: Promise<void> | undefined;
  let running: Promise<unknown> = Promise.resolve();

  const sync = async (): Promise<void> => {
    opened ??= openNameless(disk, directory);
    const fd = await opened.catch((error: unknown) => {
      opened = undefined;
      throw error;
    });
    size = 1 - size;
    await disk.resize(fd, size);
    await disk.sync(fd);
  };
  return {
    pass() {
      // Whoever comes while one is running may have come too late for it, and shares the next one.
      next ??= running.then(() => {
        next = undefined;
        const mine = sync();
        running = mine.catch(() => undefined);
        return mine;
      });
      return next;
    },
    async close() {
      await running;
      const fd = await opened?.catch(() => undefined);
      opened = undefined;
      if (fd !== undefined) await disk.close(fd);
    },
  };
}

async function openNameless(disk: Disk, directory: string): Promise<number> {
  const local = temporaryFor(join(directory, 'names'));
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  const fd = await disk.open(local, flags, 0o600);
  await disk.unlink(local);
  return fd;
}
