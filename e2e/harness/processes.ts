import { readFileSync, readdirSync } from 'node:fs';
import { until } from './until.js';

/** A running process, as /proc tells (proc(5)). */
export interface ProcessInfo {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly command: readonly string[];
}

/** Every process but those that have ended and wait for their parent to notice. */
export function listProcesses(): ProcessInfo[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readProcess(Number(name)) ?? []);
}

/**
 * The drivers of a host: its children that are neither its watchdog, nor a look at what a driver says of itself, nor the host's own
 * copy that is about to become any of these.
 */
export function driversOf(host: number): ProcessInfo[] {
  const own = readProcess(host)?.command.join('\0');
  return listProcesses().filter(
    ({ pid, parent, group, command }) =>
      parent === host && group === pid && isDriver(command) && command.join('\0') !== own,
  );
}

export function isRunning(pid: number): boolean {
  return readProcess(pid) !== undefined;
}

/** Waits until no process of any of the groups is left. */
export async function groupsGone(groups: readonly number[]): Promise<void> {
  const left = () => listProcesses().filter(({ group }) => groups.includes(group));
  await until(`the end of the groups ${groups.join(', ')}`, () => left().length === 0);
}

/** The most memory that a process has had in RAM since it started, in bytes. */
export function peakMemory(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
  if (kilobytes === undefined) throw new Error(`the system does not tell the memory of ${pid}`);
  return Number(kilobytes) * 1024;
}

function isDriver(command: readonly string[]): boolean {
  const [program = ''] = command;
  const isOther = program.endsWith('setpriv') || program.endsWith('true');
  return (
    program !== '' && !isOther && !command.includes('outrigger-watchdog') && !command.includes('--describe')
  );
}

function readProcess(pid: number): ProcessInfo | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // `pid (name) state parent group ...`; the name may have any character.
    const [state, parent, group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (state === 'Z' || state === 'X') return undefined;
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
    return { pid, parent: Number(parent), group: Number(group), command };
  } catch {
    return undefined; // it has ended meanwhile
  }
}
