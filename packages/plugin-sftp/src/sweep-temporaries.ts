import { log } from '@outrigger/object-store';
import type { Pool } from './pool.js';
import { readAllEntries } from './read-directory.js';
import type { Session } from './session.js';
import { isTemporary } from './temporary-name.js';

const DAY_MS = 24 * 3_600_000;
/** Not while a registry starts: a large store takes a while. */
const FIRST_AFTER_MS = 10 * 60_000;

/**
 * Removes, now and then, the temporary files that killed processes have left: nobody sees them, so nobody else can. What was
 * written to within a day may still be in use.
 */
export function sweepRegularly(pool: Pool, root: string): { close(): void } {
  const controller = new AbortController();
  let timer: NodeJS.Timeout;
  const run = async () => {
    try {
      const removed = await sweepTemporaries(await pool.session(), root, DAY_MS, controller.signal);
      if (removed > 0) log('info', `removed ${String(removed)} files that were never finished`);
    } catch {
      // The next time may do better.
    }
    schedule(DAY_MS);
  };
  const schedule = (ms: number) => {
    if (!controller.signal.aborted) timer = setTimeout(() => void run(), ms).unref();
  };
  schedule(FIRST_AFTER_MS);
  return {
    close() {
      controller.abort();
      clearTimeout(timer);
    },
  };
}

/**
 * One directory after the other, so that calls of clients hardly notice. Links are not followed.
 *
 * @param olderThanMs - by the clock of this machine
 * @returns how many were removed
 */
export async function sweepTemporaries(
  session: Session,
  directory: string,
  olderThanMs: number,
  signal?: AbortSignal,
): Promise<number> {
  signal?.throwIfAborted();
  let removed = 0;
  for (const { name, kind, modTime } of await readAllEntries(session, directory)) {
    const path = `${directory}/${name}`;
    if (kind === 'directory') {
      removed += await sweepTemporaries(session, path, olderThanMs, signal).catch(() => 0);
    } else if (kind === 'file' && isTemporary(name) && Date.now() - +modTime > olderThanMs) {
      removed += await session.unlink(path).then(
        () => 1,
        // Its writer has ended meanwhile, or another sweep was here first.
        () => 0,
      );
    }
  }
  return removed;
}
