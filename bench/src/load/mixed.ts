import { setTimeout as delay } from 'node:timers/promises';
import type { Content } from '../content.js';
import { ContentSource } from '../content.js';
import { Connection } from '../http/connection.js';
import { percentiles } from '../peers/latencies.js';
import { fetchContent, imageManifest, pushBlob, putManifest } from '../registry-client.js';
import type { Load } from './load.js';
import { atMost } from './load.js';
import { startProbe } from './probe.js';
import { startLoaded } from './subject.js';

const SMALLEST = 10_000;
const PROBE_MS = 50;
/** Less than what a server keeps an idle connection for. */
const IDLE_REQUEST_MS = 20_000;

interface Stored {
  readonly repository: string;
  readonly content: Content;
  readonly manifest: Buffer;
}

interface Tally {
  pulls: number;
  pushes: number;
  idleRequests: number;
  readonly manifestTimes: number[];
  readonly errors: string[];
}

/** L03: many clients, most of them idle, a mix of pulls and pushes. */
export const mixed: Load = {
  name: 'L03',
  title: 'idle keep-alive connections and active clients, 80 % pulls, 20 % pushes',
  options: [
    '--idle 2000',
    '--active 200',
    '--minutes 2 (30 in the full form)',
    '--think 10000 (ms between two actions of a client, on average)',
    '--largest 100 (MB; sizes are spread evenly over their magnitude from 10 kB)',
    '--contents 60 (different blobs, pulled and pushed again and again)',
  ],
  async run({ number, print }) {
    const contents = createContents(number('contents', 60), number('largest', 100) * 1e6);
    const server = await startLoaded();
    const stopping = new AbortController();
    const tally: Tally = { pulls: 0, pushes: 0, idleRequests: 0, manifestTimes: [], errors: [] };
    try {
      await pushAll(server.port, contents);
      const probe = startProbe(server.port, '/v2/', PROBE_MS);
      const idle = Array.from({ length: number('idle', 2000) }, () =>
        stayIdle(server.port, tally, stopping.signal),
      );
      const active = Array.from({ length: number('active', 200) }, () =>
        act(server.port, contents, { tally, thinkMs: number('think', 10_000), signal: stopping.signal }),
      );
      await delay(number('minutes', 2) * 60_000);
      stopping.abort();
      await Promise.all([...idle, ...active]);
      const lag = await probe.stop();
      const { host, driver } = server.growth();
      print(
        `${tally.pulls} pulls, ${tally.pushes} pushes, ${tally.idleRequests} requests of idle connections; ` +
          `host ${host.toFixed(0)} MiB and driver ${driver.toFixed(0)} MiB over idle`,
      );
      for (const error of tally.errors.slice(0, 5)) print(`  ${error}`);
      const { p99Ms } = percentiles(tally.manifestTimes);
      return [
        atMost('errors', 0, tally.errors.length + lag.errors, ''),
        atMost('manifest GET, p99', 100, p99Ms, 'ms'),
        atMost('GET /v2/ (lag of the event loop), p99', 50, lag.p99Ms, 'ms'),
        atMost('processes that ended', 0, server.lostProcesses().length, ''),
      ];
    } finally {
      stopping.abort();
      await server.stop();
    }
  },
};

function createContents(count: number, largest: number): Stored[] {
  return Array.from({ length: count }, (_, index) => {
    const share = count === 1 ? 1 : index / (count - 1);
    const content = new ContentSource(Math.round(SMALLEST * (largest / SMALLEST) ** share)).next();
    return { repository: `load/mixed-${index}`, content, manifest: imageManifest(content, [content]) };
  });
}

async function pushAll(port: number, contents: readonly Stored[]): Promise<void> {
  const connection = await Connection.open(port);
  for (const stored of contents) await push(connection, stored);
  connection.close();
}

async function push(connection: Connection, { repository, content, manifest }: Stored): Promise<void> {
  await pushBlob(connection, repository, content);
  await putManifest(connection, repository, 'latest', manifest);
}

async function pull(
  connection: Connection,
  { repository, content, manifest }: Stored,
  times: number[],
): Promise<void> {
  const begin = performance.now();
  await fetchContent(connection, `/v2/${repository}/manifests/latest`, manifest.length);
  times.push(performance.now() - begin);
  await fetchContent(connection, `/v2/${repository}/blobs/${content.digest}`, content.size);
}

async function act(
  port: number,
  contents: readonly Stored[],
  { tally, thinkMs, signal }: { tally: Tally; thinkMs: number; signal: AbortSignal },
): Promise<void> {
  let connection: Connection | undefined;
  for (;;) {
    // Exponential, as arrivals of clients that know nothing of each other are.
    if (!(await pause(-Math.log(1 - Math.random()) * thinkMs, signal))) break;
    const stored = contents[Math.floor(Math.random() * contents.length)];
    if (stored === undefined) break;
    try {
      if (connection?.isClosed !== false) connection = await Connection.open(port);
      if (Math.random() < 0.2) {
        await push(connection, stored);
        tally.pushes++;
      } else {
        await pull(connection, stored, tally.manifestTimes);
        tally.pulls++;
      }
    } catch (error) {
      tally.errors.push(String(error));
      connection?.close();
      connection = undefined;
    }
  }
  connection?.close();
}

async function stayIdle(port: number, tally: Tally, signal: AbortSignal): Promise<void> {
  // Not all at once.
  if (!(await pause(Math.random() * IDLE_REQUEST_MS * 0.5, signal))) return;
  try {
    const connection = await Connection.open(port);
    do {
      const { status } = await connection.send({ method: 'GET', path: '/v2/' });
      if (status !== 200) tally.errors.push(`an idle connection got ${status}`);
      tally.idleRequests++;
    } while (await pause(IDLE_REQUEST_MS, signal));
    connection.close();
  } catch (error) {
    tally.errors.push(`an idle connection: ${String(error)}`);
  }
}

/** False when the end has come. */
function pause(ms: number, signal: AbortSignal): Promise<boolean> {
  return delay(ms, true, { signal }).catch(() => false);
}
