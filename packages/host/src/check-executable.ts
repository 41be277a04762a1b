import type { Stats } from 'node:fs';
import { access, constants, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { RefusedExecutableError } from './driver-errors.js';
import { fileIdentity } from './file-identity.js';

export interface CheckExecutableOptions {
  readonly driver: string;
  /** Refuses what is group-writable. */
  readonly strict: boolean;
  readonly warn: (message: string) => void;
}

const WORLD_WRITABLE = 0o002;
const GROUP_WRITABLE = 0o020;
const STICKY = 0o1000;

/**
 * Whether a resolved file may be run with the registry's rights: nobody but root and the running user can have put it
 * there or can swap it.
 *
 * @returns the file's identity
 * @throws RefusedExecutableError
 */
export async function checkExecutable(path: string, options: CheckExecutableOptions): Promise<string> {
  const refuse = (reason: string) => new RefusedExecutableError(options.driver, path, reason);
  const file = await stat(path);
  if (!file.isFile()) throw refuse('it is not a regular file');
  if (!isTrustedOwner(file)) throw refuse(ownedBy('it', file));
  checkMode(path, file, options, refuse);
  const folder = dirname(path);
  await checkFolder(folder, options, refuse);
  for (let parent = dirname(folder); parent !== dirname(parent); parent = dirname(parent)) {
    const stats = await stat(parent);
    if (!isTrustedOwner(stats)) throw refuse(ownedBy(`its parent ${parent}`, stats));
    // In a sticky directory like /tmp nobody renames what is another's.
    if ((stats.mode & WORLD_WRITABLE) !== 0 && (stats.mode & STICKY) === 0)
      throw refuse(`${parent} is world-writable`);
  }
  await access(path, constants.X_OK).catch(() => {
    throw refuse('it is not executable');
  });
  return fileIdentity(file);
}

async function checkFolder(
  folder: string,
  options: CheckExecutableOptions,
  refuse: (reason: string) => Error,
): Promise<void> {
  const stats = await stat(folder);
  if (!isTrustedOwner(stats)) throw refuse(ownedBy(`its folder ${folder}`, stats));
  checkMode(folder, stats, options, refuse);
}

function checkMode(
  path: string,
  { mode }: Stats,
  { strict, warn }: CheckExecutableOptions,
  refuse: (reason: string) => Error,
): void {
  if ((mode & WORLD_WRITABLE) !== 0) throw refuse(`${path} is world-writable`);
  if ((mode & GROUP_WRITABLE) === 0) return;
  if (strict) throw refuse(`${path} is group-writable`);
  warn(`${path} is group-writable: its group can replace the driver`);
}

function isTrustedOwner({ uid }: Stats): boolean {
  return uid === 0 || uid === process.getuid?.();
}

function ownedBy(what: string, { uid }: Stats): string {
  return `${what} belongs to user ${String(uid)}, neither root nor the user that runs the registry`;
}
