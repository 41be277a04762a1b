import { cpus, loadavg, release } from 'node:os';

const BUSY = 0.5;

/** Machine and load, in lines: what has to be known of every figure. */
export function describeMachine(whoElse: string): { load: number; lines: string[] } {
  const [load = 0] = loadavg();
  const warning = load > BUSY ? ': NOT QUIET, trust nothing but ratios, and those little' : '';
  const lines = [
    `${cpus().length} x ${cpus()[0]?.model ?? 'CPU'}, Linux ${release()}, Node ${process.version}, ${whoElse} on the same machine`,
    `load average before ${load.toFixed(2)}${warning}`,
  ];
  return { load, lines };
}
