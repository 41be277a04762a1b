import type { BigIntStats } from 'node:fs';
import { constants } from 'node:fs';
import { dirname } from 'node:path';
import type { Disk } from './disk.js';
import { createFile } from './open-file.js';
import type { Store } from './store.js';
import { temporaryFor } from './temporary-name.js';

/** A new file beside its final place, under a name that nobody sees. */
export interface TemporaryFile {
  readonly fd: number;
  readonly stats: BigIntStats;
  readonly local: string;
}

/** Makes a temporary file for `local`, and its parents. */
export function createTemporary(store: Store, local: string): Promise<TemporaryFile> {
  return store.directories.withParent(local, async () => {
    const temporary = temporaryFor(local);
    const { fd, stats } = await createFile(store.root, temporary, constants.O_EXCL);
    return { fd, stats, local: temporary };
  });
}

/**
 * Closes a file after its content is on disk. An fsync that fails is never repeated: the kernel reports a lost page once,
 * and a second fsync would succeed over a hole. So the file goes, and with it the bytes that nobody can vouch for.
 */
export async function seal({ root: { disk }, durable }: Store, fd: number, local: string): Promise<void> {
  try {
    if (durable) await disk.sync(fd);
    await disk.close(fd);
  } catch (error) {
    await discard(disk, fd, local);
    throw error;
  }
}

/** Gives a sealed temporary file its final name, atomically; what was there before is gone. */
export async function publish(store: Store, temporary: Sealed, local: string): Promise<void> {
  const { disk } = store.root;
  try {
    await disk.rename(temporary.local, local);
  } catch (error) {
    await remove(disk, temporary.local);
    throw error;
  }
  await store.directories.sync(dirname(local), temporary.stats.dev);
}

type Sealed = Pick<TemporaryFile, 'local' | 'stats'>;

/** Closes and removes a file, whatever state it is in. */
export async function discard(disk: Disk, fd: number, local: string): Promise<void> {
  await disk.close(fd);
  await remove(disk, local);
}

async function remove(disk: Disk, local: string): Promise<void> {
  try {
    await disk.unlink(local);
  } catch {
    // The error that led here is the one to tell.
  }
}

/**
 * Replaces the file `local` as a whole: a reader, and everybody after a crash, finds the old content or the new.
 *
 * @param fill - writes the content; may run again when the directory vanishes meanwhile
 */
export async function replaceFile(
  store: Store,
  local: string,
  fill: (file: TemporaryFile) => Promise<void>,
): Promise<void> {
  await store.directories.withParent(local, async () => {
    const file = await createTemporary(store, local);
    try {
      await fill(file);
    } catch (error) {
      await discard(store.root.disk, file.fd, file.local);
      throw error;
    }
    await seal(store, file.fd, file.local);
    await publish(store, file, local);
  });
}
