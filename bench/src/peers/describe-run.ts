import { describeMachine } from '../describe-machine.js';
import type { Server } from './servers.js';
import { versionOf } from './start-server.js';

/** Machine, load and servers: what has to be known of the figures, and nothing of where the files lie. */
export function describeRun(servers: readonly Server[]): { load: number; text: string } {
  const machine = describeMachine('client');
  const lines = [
    ...machine.lines,
    ...servers.map((server) => `${server.name}: ${versionOf(server)}; durable: ${server.durability}`),
    'No server writes an access log or traces; log level error, deletes on, upload purging off.',
  ];
  return { load: machine.load, text: lines.join('\n') };
}
