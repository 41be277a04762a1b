import { cpus, loadavg, release } from 'node:os';
import type { Server } from './servers.js';
import { versionOf } from './start-server.js';

const BUSY = 0.5;

/** Machine, load and servers: what has to be known of the figures, and nothing of where the files lie. */
export function describeRun(servers: readonly Server[]): { load: number; text: string } {
  const [load = 0] = loadavg();
  const warning = load > BUSY ? ': NOT QUIET, trust nothing but ratios, and those little' : '';
  const lines = [
    `${cpus().length} x ${cpus()[0]?.model ?? 'CPU'}, Linux ${release()}, Node ${process.version}, client on the same machine`,
    `load average before ${load.toFixed(2)}${warning}`,
    ...servers.map((server) => `${server.name}: ${versionOf(server)}; durable: ${server.durability}`),
    'No server writes an access log or traces; log level error, deletes on, upload purging off.',
  ];
  return { load, text: lines.join('\n') };
}
