import { mkdir, mkdtemp, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ScaffoldError } from './scaffold-error.js';

/**
 * Makes a directory whole or not at all: `fill` gets one beside it, which takes its name in the end.
 *
 * @param directory - absolute; it is absent, or empty
 * @throws ScaffoldError when something is there
 */
export async function placeWhole(directory: string, fill: (staged: string) => Promise<void>): Promise<void> {
  const isThere = await isEmptyDirectory(directory);
  const made = isThere ? undefined : await mkdir(dirname(directory), { recursive: true });
  // In an empty directory that is there (maybe where the shell is, maybe a mount) it stays, and its content is moved up.
  const staged = await mkdtemp(join(isThere ? directory : dirname(directory), '.new-driver-'));
  try {
    await fill(staged);
    if (isThere) await moveUp(staged, directory);
    else await takeName(staged, directory);
  } catch (error) {
    await rm(staged, { recursive: true, force: true });
    if (made !== undefined) await removeEmpty(dirname(directory), made);
    throw error;
  }
}

/** False: nothing is there. */
async function isEmptyDirectory(directory: string): Promise<boolean> {
  const names = await readdir(directory).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return undefined;
    if (codeOf(error) === 'ENOTDIR') throw new ScaffoldError(`${directory} is no directory`);
    throw error;
  });
  if (names !== undefined && names.length > 0) throw notEmpty(directory);
  return names !== undefined;
}

async function takeName(staged: string, directory: string): Promise<void> {
  try {
    await rename(staged, directory);
  } catch (error) {
    // Somebody was faster.
    if (['ENOTEMPTY', 'EEXIST', 'ENOTDIR'].includes(codeOf(error) ?? '')) throw notEmpty(directory);
    throw error;
  }
}

async function moveUp(staged: string, directory: string): Promise<void> {
  const moved: string[] = [];
  try {
    for (const name of await readdir(staged)) {
      await rename(join(staged, name), join(directory, name));
      moved.push(name);
    }
    await rmdir(staged);
  } catch (error) {
    for (const name of moved) await rm(join(directory, name), { recursive: true, force: true });
    throw error;
  }
}

/** Directories that were made on the way, from the deepest up to the first. */
async function removeEmpty(deepest: string, first: string): Promise<void> {
  for (let directory = deepest; directory.startsWith(first); directory = dirname(directory))
    await rmdir(directory).catch((error: unknown) => {
      if (codeOf(error) !== 'ENOTEMPTY') throw error;
    });
}

function notEmpty(directory: string): ScaffoldError {
  return new ScaffoldError(`${directory} is not empty: a project needs a directory of its own`);
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
