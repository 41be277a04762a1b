/**
 * Signals every process of a group. True when the group had one: its id cannot be another's as long as any member lives,
 * so callers do this at once after they saw the leader end, or while it runs.
 */
export function signalGroup(leader: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-leader, signal);
  } catch {
    return false; // ESRCH: nobody is left
  }
}
