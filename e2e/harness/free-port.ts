import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';

const LOWEST = 10_000;
const ALL = 65_536;

/** Test files that may run at the same time. Each worker has ports of its own: those with its number behind a division by this. */
const WORKERS = 16;
const worker = Number(process.env.VITEST_POOL_ID ?? 0) % WORKERS;

const given = new Set<number>();

/**
 * A port of this machine that nobody listens on. It is none of those that the system gives to outgoing connections and to
 * whoever listens on port 0, nor one of another worker: until its server listens, and while that is restarted, nobody gets it by
 * chance.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(LOWEST / WORKERS, Math.floor(firstEphemeral() / WORKERS)) * WORKERS + worker;
    if (given.has(port) || !(await isFree(port))) continue;
    given.add(port);
    return port;
  }
}

/** Of the range that the system chooses from, ip(7). */
function firstEphemeral(): number {
  const [first = ''] = readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'latin1').split('\t');
  return Number(first) > 2 * LOWEST ? Number(first) : ALL;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
