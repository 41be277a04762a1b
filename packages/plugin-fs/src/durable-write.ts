import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createFile } from './open-file.js';
import type { Store } from './store.js';
import { temporaryFor } from './temporary-name.js';

/** A new file beside its final place, under a name that nobody sees. */
export interface TemporaryFile {
  readonly handle: FileHandle;
  readonly local: string;
}

/** Makes a temporary file for `local`, and its parents. */
export function createTemporary(store: Store, local: string): Promise<TemporaryFile> {
  return store.directories.withParent(local, async () => {
    const temporary = temporaryFor(local);
    const { handle } = await createFile(store.root, temporary, constants.O_EXCL);
    return { handle, local: temporary };
  });
}

/**
 * Closes a file after its content is on disk. An fsync that fails is never repeated: the kernel reports a lost page once,
 * and a second fsync would succeed over a hole. So the file goes, and with it the bytes that nobody can vouch for.
 */
export async function seal(store: Store, handle: FileHandle, local: string): Promise<void> {
  try {
    if (store.durable) await handle.sync();
    await handle.close();
  } catch (error) {
    await discard(handle, local);
    throw error;
  }
}

/** Gives a sealed temporary file its final name, atomically; what was there before is gone. */
export async function publish(store: Store, temporary: string, local: string): Promise<void> {
  try {
    await rename(temporary, local);
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw error;
  }
  await store.directories.sync(dirname(local));
}

/** Closes and removes a file, whatever state it is in. */
export async function discard(handle: FileHandle, local: string): Promise<void> {
  await handle.close().catch(() => undefined);
  await unlink(local).catch(() => undefined);
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
      await discard(file.handle, file.local);
      throw error;
    }
    await seal(store, file.handle, file.local);
    await publish(store, file.local, local);
  });
}
