import { setTimeout as delay } from 'node:timers/promises';
import { Connection } from '../http/connection.js';
import { ACCEPT } from '../registry-client.js';
import { percentiles } from '../peers/latencies.js';

/** What an ordinary client notices meanwhile. */
export interface ProbeFigures {
  readonly count: number;
  readonly errors: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface Probe {
  stop(): Promise<ProbeFigures>;
}

/** Sends a GET every `everyMs` from each of `lanes` connections until it is stopped. `/v2/` shows the lag of the event loop. */
export function startProbe(port: number, path: string, everyMs: number, lanes = 1): Probe {
  const stopping = new AbortController();
  const times: number[] = [];
  let errors = 0;
  const request = `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n${ACCEPT}\r\n`;
  const lane = async () => {
    let connection: Connection | undefined;
    while (!stopping.signal.aborted) {
      const begin = performance.now();
      try {
        connection ??= await Connection.open(port);
        const { status } = await connection.sendHead(request, false);
        times.push(performance.now() - begin);
        if (status !== 200) errors++;
      } catch {
        errors++;
        connection = undefined;
      }
      await delay(everyMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
    connection?.close();
  };
  const ended = Promise.all(Array.from({ length: lanes }, lane));
  return {
    async stop() {
      stopping.abort();
      await ended;
      const none = { p50Ms: Number.NaN, p99Ms: Number.NaN };
      return { count: times.length, errors, ...(times.length === 0 ? none : percentiles(times)) };
    },
  };
}
