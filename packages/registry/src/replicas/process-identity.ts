import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** What tells a process from all others that ever had its number. */
interface ProcessIdentity {
  /** For people. */
  readonly host: string;
  /** Changes with every start of the machine; empty where the system does not tell. */
  readonly boot: string;
  /** Containers of one machine may share its name, and each has numbers of its own. */
  readonly namespace: string;
  readonly pid: number;
  /** When it started, in ticks since the boot; empty where the system does not tell. */
  readonly started: string;
}

export function thisProcess(): ProcessIdentity {
  return {
    host: hostname(),
    boot: bootId(),
    namespace: pidNamespace(),
    pid: process.pid,
    started: startOf(process.pid) ?? '',
  };
}

/**
 * Whether the process that wrote `content` is known to be gone. Only of one that this process could see itself is anything
 * known: names of machines are not unique, and a machine that booted anew is no different from another one.
 */
export function isDead(content: string): boolean {
  const { boot, namespace, pid, started } = parse(content);
  const isVisible = boot !== '' && boot === bootId() && namespace !== '' && namespace === pidNamespace();
  return isVisible && typeof pid === 'number' && startOf(pid) !== started;
}

/** The family that the process which wrote `content` belongs to. */
export function familyOf(content: string): unknown {
  return parse(content).family;
}

function parse(content: string): Partial<Record<keyof ProcessIdentity | 'family', unknown>> {
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

function pidNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return '';
  }
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
