import { readFileSync } from 'node:fs';

/** Clock ticks a second in /proc; Linux has had 100 on every common architecture. */
const TICKS_PER_SECOND = 100;

/** CPU seconds that a process has used so far, all threads; NaN where there is no /proc. */
export function cpuSeconds(pid: number): number {
  if (pid === process.pid) {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  }
  try {
    const fields =
      readFileSync(`/proc/${String(pid)}/stat`, 'latin1')
        .split(') ')[1]
        ?.split(' ') ?? [];
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  } catch {
    return Number.NaN;
  }
}

/** The most memory that a process has had resident, in MiB; NaN where there is no /proc. */
export function peakResidentMiB(pid: number): number {
  try {
    const line = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${String(pid)}/status`, 'latin1'));
    return Number(line?.[1]) / 1024;
  } catch {
    return Number.NaN;
  }
}
