import { readFile, readdir } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';

const LOOK_EVERY_MS = 20;

/**
 * Ends process groups whose leaders this process has not started itself. Resolves when no process of them runs. Call it
 * as soon as they are without their parent: their numbers are given to others some time after their end.
 */
export async function endGroups(leaders: Iterable<number>): Promise<void> {
  let left = [...leaders].filter((leader) => signal(leader, 'SIGKILL'));
  while (left.length > 0) {
    await pause(LOOK_EVERY_MS);
    left = left.filter((leader) => signal(leader, 0));
    if (left.length === 0) return;
    const running = await runningGroups();
    left = left.filter((leader) => running?.has(leader) ?? true);
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

/**
 * The groups that have more than processes which have ended already: those stay for ever where process 1 collects nobody's children but its
 * own, as in a container whose process 1 is this one. Undefined where the system does not tell.
 */
async function runningGroups(): Promise<Set<number> | undefined> {
  const names = await readdir('/proc').catch(() => []);
  const pids = names.filter((name) => /^\d+$/.test(name));
  if (pids.length === 0) return undefined;
  const stats = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')));
  const groups = new Set<number>();
  for (const stat of stats) {
    // The second field, in brackets, may hold anything; behind it are the state, the parent and the group.
    const [state = '', , group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (group !== undefined && state !== 'Z' && state !== 'X') groups.add(Number(group));
  }
  return groups;
}
