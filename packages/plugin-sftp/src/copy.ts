import { isTemporary } from './temporary-name.js';
import { pathNotFound } from '@outrigger/driver';
import { toSftpError } from './errors.js';
import { openFile } from './open-file.js';
import { replaceFile } from './replace-file.js';
import type { Session } from './session.js';
import { OPEN } from './session.js';
import type { Store } from './store.js';

/** The server answers nothing else on a connection while it copies. */
const STEP = 32 * 1024 * 1024;

/** Copies a file on the server. */
export async function copyPath(
  store: Store,
  session: Session,
  source: string,
  destination: string,
): Promise<void> {
  if (isTemporary(source)) throw pathNotFound(source);
  const from = await openFile(session, store.root.local(source), OPEN.read).catch((error: unknown) => {
    throw toSftpError(error, source, 'read');
  });
  try {
    const { size } = await session.fstat(from);
    await replaceFile(store, session, store.root.local(destination), async (to) => {
      for (let done = 0; done < size; done += STEP)
        await session.copyData(from, to, done, Math.min(STEP, size - done));
    });
  } finally {
    session.close(from).catch(() => undefined);
  }
}
