import { InvalidParametersError } from '@outrigger/driver';
import { log } from '@outrigger/object-store';
import { RefusedError } from './access.js';
import { DRIVER_NAME } from './config.js';
import { ConnectionLostError, toSftpError } from './errors.js';
import type { Pool } from './pool.js';
import type { Session } from './session.js';
import type { Store } from './store.js';

/** Without it content could not be replaced in one step, and what is acknowledged would not be there for a moment. */
export function requireRename({ extensions }: Session): void {
  if (!extensions.rename)
    throw new RefusedError(
      'host',
      'the server has no posix-rename@openssh.com, so nothing could be replaced atomically',
    );
}

/**
 * Signs in and makes the root. A server that cannot be reached does not fail the start: it may come.
 *
 * @returns whether the server copies
 * @throws InvalidParametersError when it refuses what a parameter says
 */
export async function begin(pool: Pool, store: Store): Promise<boolean> {
  try {
    const session = await inTime(pool.session());
    await makeRoot(store, session);
    if (store.durable && !session.extensions.fsync)
      log('warn', 'the server has no fsync@openssh.com: a power cut there may lose what was acknowledged');
    return session.extensions.copyData;
  } catch (error) {
    if (error instanceof InvalidParametersError || error instanceof RefusedError) {
      await pool.close();
      throw error instanceof InvalidParametersError ? error : refused(error);
    }
    log('warn', error instanceof Error ? error.message : 'the server cannot be reached');
    return false;
  }
}

/** The host gives a driver 10 seconds to start. */
const START_MS = 7000;

async function inTime<T>(work: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    late.reject(new ConnectionLostError('the server has not answered yet'));
  }, START_MS);
  work.catch(() => undefined);
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

function refused({ key, detail }: RefusedError): InvalidParametersError {
  return new InvalidParametersError(DRIVER_NAME, [{ key, message: detail.slice(`${key}: `.length) }]);
}

async function makeRoot({ root, directories }: Store, session: Session): Promise<void> {
  try {
    const inside = `${root.path}/x`;
    const { kind } = await directories.withParent(session, inside, () => session.stat(root.path));
    if (kind !== 'directory') throw new Error('is not a directory');
  } catch (error) {
    if (error instanceof ConnectionLostError) throw error;
    const reason = toSftpError(error, '/', 'read').detail.replace(/: \/$/, '');
    throw new InvalidParametersError(DRIVER_NAME, [
      { key: 'rootdirectory', message: `cannot be made or opened (${reason})` },
    ]);
  }
}
