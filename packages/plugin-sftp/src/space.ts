import { NoSpaceError } from './errors.js';
import type { Session } from './session.js';
import type { Store } from './store.js';

/** Less is written and refused as quickly as the free space is asked for. */
const WORTH_A_LOOK = 16 * 1024 * 1024;
/** With less the store is full, whatever the size of what was refused. */
const NEXT_TO_NOTHING = 1024 * 1024;

/** Early news of a full store, before anything is made. @throws NoSpaceError */
export async function requireSpace(store: Store, session: Session, needed: number): Promise<void> {
  if (needed < WORTH_A_LOOK) return;
  const free = await freeSpace(store, session);
  if (needed > free) throw new NoSpaceError(`no space left for ${String(needed)} bytes`);
}

/** SFTP has no word for a full disk: it is a failure, and this tells whether that was why. */
export async function isFull(store: Store, session: Session): Promise<boolean> {
  return (await freeSpace(store, session)) < NEXT_TO_NOTHING;
}

/** Infinite where the server does not tell. */
async function freeSpace({ root }: Store, session: Session): Promise<number> {
  if (!session.extensions.statvfs) return Infinity;
  return session.freeSpace(root.path).catch(() => Infinity);
}
