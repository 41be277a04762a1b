import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

/** What tells a process from all others that ever had its number. */
interface ProcessIdentity {
  readonly host: string;
  /** Changes with every start of the machine; empty where the system does not tell. */
  readonly boot: string;
  readonly pid: number;
  /** When it started, in ticks since the boot; empty where the system does not tell. */
  readonly started: string;
}

export function thisProcess(): ProcessIdentity {
  return { host: hostname(), boot: bootId(), pid: process.pid, started: startOf(process.pid) ?? '' };
}

/**
 * Whether the process that wrote `content` is known to be gone. Of one on another machine, or in another container,
 * nothing is known.
 */
export function isDead(content: string): boolean {
  const { host, boot, pid, started } = parse(content);
  if (host !== hostname() || boot === '' || typeof pid !== 'number') return false;
  if (boot !== bootId()) return true;
  return startOf(pid) !== started;
}

function parse(content: string): Partial<Record<keyof ProcessIdentity, unknown>> {
  try {
    const value: unknown = JSON.parse(content);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}

function bootId(): string {
  return read('/proc/sys/kernel/random/boot_id')?.trim() ?? '';
}

/** The 22nd field of stat; the second one, in brackets, may hold anything. */
function startOf(pid: number): string | undefined {
  const stat = read(`/proc/${String(pid)}/stat`);
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
