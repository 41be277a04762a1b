import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Removes files that processes have left, by the pid in their names.
 *
 * @param pattern - of which the first group is the pid; other files stay
 */
export async function removeProcessFiles(
  directory: string,
  pattern: RegExp,
  isGone: (pid: number) => boolean,
): Promise<void> {
  for (const file of await readdir(directory).catch(() => [])) {
    const pid = pattern.exec(file)?.[1];
    if (pid !== undefined && isGone(Number(pid))) await rm(join(directory, file), { force: true });
  }
}

export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
