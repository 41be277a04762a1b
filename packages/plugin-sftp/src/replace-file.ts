import { createNew } from './open-file.js';
import { directoryOf } from './root.js';
import type { Handle, Session } from './session.js';
import type { Store } from './store.js';
import { syncFile } from './store.js';
import { temporaryFor } from './temporary-name.js';

/** A new file beside its final place, under a name that nobody sees. */
export interface TemporaryFile {
  readonly handle: Handle;
  readonly local: string;
}

/** Makes a temporary file for `local`, and its parents. */
export function createTemporary(store: Store, session: Session, local: string): Promise<TemporaryFile> {
  return store.directories.withParent(session, local, async () => {
    const temporary = temporaryFor(local);
    return { handle: await createNew(session, temporary), local: temporary };
  });
}

/**
 * Closes a file after its content is on disk. An fsync that fails is never repeated: a second one would succeed over a
 * hole. So the file goes, and with it the bytes that nobody can vouch for.
 */
export async function seal(store: Store, session: Session, { handle, local }: TemporaryFile): Promise<void> {
  // A server works on the requests for one file in the order in which they come (draft-ietf-secsh-filexfer-02, 6.1).
  const answers = await Promise.allSettled([syncFile(store, session, handle), session.close(handle)]);
  const failed = answers.find((answer) => answer.status === 'rejected');
  if (failed === undefined) return;
  // The handle is given back, also where that failed: its number may be another's by now.
  await remove(session, local);
  throw failed.reason;
}

/** Gives a sealed temporary file its final name, atomically; what was there before is gone. */
export async function publish(
  store: Store,
  session: Session,
  temporary: TemporaryFile,
  local: string,
): Promise<void> {
  try {
    await store.times.place(session, temporary.local, local, () => session.rename(temporary.local, local));
  } catch (error) {
    await remove(session, temporary.local);
    throw error;
  }
  await store.directories.sync(session, directoryOf(local));
}

/** Closes and removes a file, whatever state it is in. */
export async function discard(session: Session, { handle, local }: TemporaryFile): Promise<void> {
  await session.close(handle).catch(() => undefined);
  await remove(session, local);
}

async function remove(session: Session, local: string): Promise<void> {
  // The error that led here is the one to tell.
  await session.unlink(local).catch(() => undefined);
}

/**
 * Replaces the file `local` as a whole: a reader, and everybody after a crash, finds the old content or the new.
 *
 * @param fill - writes the content; may run again when the directory vanishes meanwhile
 */
export async function replaceFile(
  store: Store,
  session: Session,
  local: string,
  fill: (handle: Handle) => Promise<void>,
): Promise<void> {
  await store.directories.withParent(session, local, async () => {
    const file = await createTemporary(store, session, local);
    try {
      await fill(file.handle);
    } catch (error) {
      await discard(session, file);
      throw error;
    }
    await seal(store, session, file);
    await publish(store, session, file, local);
  });
}
