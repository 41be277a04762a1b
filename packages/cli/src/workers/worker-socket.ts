import { join } from 'node:path';
import type { Environment } from '../config/overrides.js';
import { EXIT } from '../exit-codes.js';
import { CommandError } from '../failure.js';
import { openControlDirectory } from '../serve/control-directory.js';
import { isRunning, removeProcessFiles } from '../serve/process-files.js';

/** As long as the names that the limit of the directory's path leaves room for, see control-directory.ts. */
export function workerSocket(directory: string, primaryPid: number, worker: number): string {
  return join(directory, `worker-${String(primaryPid)}-${String(worker)}`);
}

const NAME = /^worker-(\d+)-\d+$/;

/**
 * The directory for the workers' sockets, which nobody but this user can enter, without what killed processes have left.
 *
 * @throws CommandError
 */
export async function openSocketDirectory(environment: Environment): Promise<string> {
  const directory = await openControlDirectory(environment);
  if (directory === undefined) {
    const hint = 'set XDG_RUNTIME_DIR, or TMPDIR, to a directory of this user with a short path';
    throw new CommandError(
      `outrigger.workers: there is no private directory for sockets: ${hint}`,
      EXIT.unavailable,
    );
  }
  await removeProcessFiles(directory, NAME, (pid) => pid === process.pid || !isRunning(pid));
  return directory;
}

export function removeOwnSockets(directory: string): Promise<void> {
  return removeProcessFiles(directory, NAME, (pid) => pid === process.pid);
}
