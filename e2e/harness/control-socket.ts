import { readFileSync } from 'node:fs';
import { until } from './until.js';

/** By which the command asks this registry, as soon as it listens; others of the same user may run. */
export function controlSocket(pid: number): Promise<string> {
  return until(`the control socket of ${pid}`, () =>
    readFileSync('/proc/net/unix', 'utf8')
      .split(/\s+/)
      .find((word) => word.endsWith(`/registry-${pid}.sock`)),
  );
}
