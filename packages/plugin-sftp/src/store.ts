import type { Budget } from './budget.js';
import type { Directories } from './directories.js';
import type { DirectoryReader } from './read-directory.js';
import type { Root } from './root.js';
import type { Session } from './session.js';
import type { Times } from './times.js';

/** What every operation works on. */
export interface Store {
  readonly root: Root;
  readonly directories: Directories;
  readonly entries: DirectoryReader;
  readonly times: Times;
  /** Of all readers together, beyond the first piece of each. */
  readonly readAhead: Budget;
  /** False: nothing is synced. */
  readonly durable: boolean;
}

/** Makes content durable, where that is wanted and the server can. */
export async function syncFile(store: Store, session: Session, handle: Buffer): Promise<void> {
  if (store.durable && session.extensions.fsync) await session.fsync(handle);
}
