import { randomUUID } from 'node:crypto';
import { open, readFile, rm, stat } from 'node:fs/promises';
import type { CacheDirectory } from './cache-directory.js';

/** The right to order certificates: one process at a time has it of all that share the cache. */
export interface Lease {
  release(): Promise<void>;
}

/** No host has a name like it, and Go's autocert overlooks it. */
const NAME = 'outrigger+ordering';

/**
 * Takes the right if nobody has it. Two that find a forgotten one at once may both get it: a certificate too many then.
 *
 * @param forgottenMs - after which the one who has it counts as gone
 * @returns undefined: another one has it
 */
export async function takeLease(cache: CacheDirectory, forgottenMs: number): Promise<Lease | undefined> {
  const path = cache.at(NAME);
  const owner = randomUUID();
  if (!(await create(path, owner))) {
    if (!(await isForgotten(path, forgottenMs))) return undefined;
    await rm(path, { force: true });
    if (!(await create(path, owner))) return undefined;
  }
  return {
    async release() {
      const text = await readFile(path, 'utf8').catch(() => '');
      if (text === owner) await rm(path, { force: true });
    },
  };
}

async function create(path: string, owner: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx', 0o600);
    await file.writeFile(owner).finally(() => file.close());
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

async function isForgotten(path: string, forgottenMs: number): Promise<boolean> {
  try {
    const { mtimeMs } = await stat(path);
    // One of a clock that was ahead then is forgotten as well.
    return Math.abs(Date.now() - mtimeMs) > forgottenMs;
  } catch {
    // Given back just now: another one may have it already.
    return false;
  }
}
