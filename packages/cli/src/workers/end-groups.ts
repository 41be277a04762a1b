import { setTimeout as pause } from 'node:timers/promises';

const LOOK_EVERY_MS = 20;

/**
 * Ends process groups whose leaders this process has not started itself. Resolves when no process of them is left. Call it
 * as soon as they are without their parent: their numbers are given to others some time after their end.
 */
export async function endGroups(leaders: Iterable<number>): Promise<void> {
  let left = [...leaders].filter((leader) => signal(leader, 'SIGKILL'));
  while (left.length > 0) {
    await pause(LOOK_EVERY_MS);
    left = left.filter((leader) => signal(leader, 0));
  }
}

/** True when somebody was there. */
function signal(leader: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-leader, name);
  } catch {
    return false;
  }
}
