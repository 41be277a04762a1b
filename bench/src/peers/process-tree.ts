import { readFileSync, readdirSync } from 'node:fs';

/** Clock ticks a second in /proc; Linux has had 100 on every common architecture. */
const TICKS_PER_SECOND = 100;

export interface TreeUsage {
  /** User and system time of all processes so far, of ended children that were waited for too. */
  readonly cpuSeconds: number;
  /** The most memory that each process has had resident, added up. */
  readonly peakMiB: number;
  /** What is resident now, added up. */
  readonly residentMiB: number;
  readonly processes: readonly ProcessUsage[];
}

export interface ProcessUsage {
  readonly pid: number;
  readonly name: string;
  readonly peakMiB: number;
  readonly residentMiB: number;
}

interface ProcessStat {
  readonly pid: number;
  readonly parent: number;
  readonly name: string;
  readonly ticks: number;
}

/** A process, its children, and theirs: a host with its drivers and its watchdog. Linux only. */
export function treeUsage(root: number): TreeUsage {
  const all = readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((entry) => readStat(Number(entry)) ?? []);
  const tree = new Set([root]);
  for (let size = 0; size !== tree.size;) {
    size = tree.size;
    for (const { pid, parent } of all) if (tree.has(parent)) tree.add(pid);
  }
  const members = all.filter(({ pid }) => tree.has(pid));
  const memory = members.map(({ pid }) => readMemory(pid));
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  return {
    cpuSeconds: sum(members.map(({ ticks }) => ticks)) / TICKS_PER_SECOND,
    peakMiB: sum(memory.map(({ peak }) => peak)),
    residentMiB: sum(memory.map(({ resident }) => resident)),
    processes: members.map(({ pid, name }, at) => ({
      pid,
      name,
      peakMiB: memory[at]?.peak ?? 0,
      residentMiB: memory[at]?.resident ?? 0,
    })),
  };
}

/** Undefined for a process that has ended meanwhile. */
function readStat(pid: number): ProcessStat | undefined {
  const text = read(`/proc/${pid}/stat`);
  // The name may hold spaces and brackets.
  const end = text.lastIndexOf(')');
  if (end === -1) return undefined;
  const fields = text
    .slice(end + 2)
    .split(' ')
    .map(Number);
  const [, parent = 0] = fields;
  const ticks = fields.slice(11, 15).reduce((sum, value) => sum + value, 0);
  return { pid, parent, name: text.slice(text.indexOf('(') + 1, end), ticks };
}

function readMemory(pid: number): { peak: number; resident: number } {
  const status = read(`/proc/${pid}/status`);
  const field = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1] ?? 0) / 1024;
  return { peak: field('VmHWM'), resident: field('VmRSS') };
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return ''; // it has ended
  }
}
