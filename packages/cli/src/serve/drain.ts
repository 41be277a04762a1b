import type { Server } from 'node:http';

const SWEEP_MS = 50;
/** A timer takes anything longer for no time at all. */
const LONGEST_MS = 2 ** 31 - 1;

/** Accepts nothing new, lets the requests in flight end, and cuts off what has not ended in time. */
export async function drain(server: Server, timeoutMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  // A connection whose request ends now would be kept for the next one.
  const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MS);
  const cut = setTimeout(() => server.closeAllConnections(), Math.min(timeoutMs, LONGEST_MS));
  await closed;
  clearInterval(sweep);
  clearTimeout(cut);
}
