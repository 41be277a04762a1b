import type { Server } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Connections } from './connections.js';

const SWEEP_MS = 50;
/** A timer takes anything longer for no time at all. */
const LONGEST_MS = 2 ** 31 - 1;

/** Accepts nothing new, lets the requests in flight end, and cuts off what has not ended in time. */
export async function drain(server: Server, connections: Connections, timeoutMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  connections.drain();
  const cut = setTimeout(() => connections.destroyAll(), Math.min(timeoutMs, LONGEST_MS));
  // What the system had received by now is read in these turns: a connection with a new request is not an idle one.
  await nextTurn();
  await nextTurn();
  connections.sweep();
  // A connection whose request ends now would be kept for the next one.
  const sweep = setInterval(() => connections.sweep(), SWEEP_MS);
  await closed;
  clearInterval(sweep);
  clearTimeout(cut);
}
