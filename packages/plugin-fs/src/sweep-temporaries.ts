import { lstat, readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf } from './errors.js';
import { isTemporary } from './temporary-name.js';

const DAY_MS = 24 * 3_600_000;
/** Not while a registry starts: a large store takes a while. */
const FIRST_AFTER_MS = 10 * 60_000;

/**
 * Removes, now and then, the temporary files that killed processes have left, of this driver or of Distribution: nobody
 * sees them, so nobody else can. What was written to within a day may still be in use.
 */
export function sweepRegularly(root: string): { close(): void } {
  const controller = new AbortController();
  let timer: NodeJS.Timeout;
  const run = async () => {
    // The next time may do better.
    await sweepTemporaries(root, DAY_MS, controller.signal).catch(() => undefined);
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
 * @returns how many were removed
 */
export async function sweepTemporaries(
  directory: string,
  olderThanMs: number,
  signal?: AbortSignal,
): Promise<number> {
  signal?.throwIfAborted();
  let removed = 0;
  for (const entry of await readIfPresent(directory)) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) removed += await sweepTemporaries(path, olderThanMs, signal);
    else if (entry.isFile() && isTemporary(entry.name) && (await removeIfOld(path, olderThanMs))) removed++;
  }
  return removed;
}

async function readIfPresent(directory: string) {
  try {
    return await readdir(directory, { withFileTypes: true });
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  }
}

async function removeIfOld(path: string, olderThanMs: number): Promise<boolean> {
  try {
    const { mtimeMs } = await lstat(path);
    if (Date.now() - mtimeMs < olderThanMs) return false;
    await unlink(path);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false;
    throw error;
  }
}
