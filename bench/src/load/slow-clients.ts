import { setTimeout as delay } from 'node:timers/promises';
import { ContentSource } from '../content.js';
import { Connection } from '../http/connection.js';
import { imageManifest, openUpload, pushBlob, putManifest } from '../registry-client.js';
import type { Check, Load, LoadOptions } from './load.js';
import { atMost } from './load.js';
import type { ProbeFigures } from './probe.js';
import { startProbe } from './probe.js';
import type { SlowClient, SlowClientOptions } from './slow-client.js';
import { startSlowClient } from './slow-client.js';
import type { LoadedServer } from './subject.js';
import { startLoaded } from './subject.js';

const REPOSITORY = 'load/slow';
const HOST = 'Host: 127.0.0.1\r\n';
const GIB = 1024 ** 3;
const LARGE = 64 * 1024 * 1024;
const SMALL = 1024 * 1024;
const WARM_UP_SECONDS = 3;
const PROBE_MS = 20;
const PROBE_LANES = 4;
const BATCH = 100;
const UPLOAD_RATE = 50 * 1024;

interface Attack {
  readonly name: string;
  client(server: Ready): Promise<SlowClientOptions> | SlowClientOptions;
  /** The most that a client may be sent, in bytes. */
  readonly mostBytes?: number;
  /** When the last of them must have been cut, in seconds after its begin. */
  readonly cutSeconds?: number;
}

interface Ready extends Pick<LoadedServer, 'port'> {
  readonly largeBlob: string;
  readonly smallBlob: string;
  readonly connection: Connection;
}

const ATTACKS: readonly Attack[] = [
  {
    name: 'slow headers',
    client: ({ port }) => ({ port, first: `GET /v2/ HTTP/1.1\r\n${HOST}`, drip: 'X-A: b\r\n' }),
    cutSeconds: 15,
  },
  {
    name: 'slow bodies',
    async client({ port, connection }) {
      const path = await openUpload(connection, REPOSITORY);
      const first = `PATCH ${path} HTTP/1.1\r\n${HOST}Content-Type: application/octet-stream\r\nContent-Length: ${GIB}\r\n\r\n`;
      return { port, first, drip: 'a slow body' };
    },
    cutSeconds: 45,
  },
  {
    name: 'no reads',
    client: ({ port, largeBlob }) => ({
      port,
      first: `GET ${largeBlob} HTTP/1.1\r\n${HOST}\r\n`,
      deaf: true,
    }),
  },
  {
    name: 'many ranges',
    client({ port, smallBlob }) {
      const ranges = Array.from({ length: 1000 }, (_, at) => `0-${at}`).join(',');
      return { port, first: `GET ${smallBlob} HTTP/1.1\r\n${HOST}Range: bytes=${ranges}\r\n\r\n` };
    },
    mostBytes: SMALL + 4096,
  },
];

/** L09: clients that hold on to connections are no burden to the others, and are cut off. */
export const slowClients: Load = {
  name: 'L09',
  title: 'slow headers, slow bodies, no reads, absurd ranges: as slowhttptest -H, -B, -X, -R',
  options: ['--connections 1000', '--seconds 60 (of each)'],
  async run(options) {
    const checks: Check[] = [];
    for (const attack of ATTACKS) checks.push(...(await runAttack(attack, options)));
    return checks;
  },
};

async function runAttack(attack: Attack, { number, print }: LoadOptions): Promise<Check[]> {
  const [count, seconds] = [number('connections', 1000), number('seconds', 60)];
  const server = await startLoaded();
  const ready = await prepare(server);
  const clients: SlowClient[] = [];
  try {
    await probeFor(server.port, WARM_UP_SECONDS);
    const before = await probeFor(server.port, Math.min(10, seconds));
    const honest = await startHonestUpload(ready);
    for (let index = 0; index < count; index++) {
      clients.push(startSlowClient(await attack.client(ready)));
      // Within the backlog of the server.
      if (index % BATCH === BATCH - 1) await delay(PROBE_MS);
    }
    const during = await probeFor(server.port, seconds);
    const { host, driver } = server.growth();
    const received = clients.reduce((sum, client) => sum + client.received, 0);
    print(
      `${attack.name}: ${count} connections, ${clients.filter(isCut).length} cut; others p99 ${before.p99Ms.toFixed(1)} ` +
        `then ${during.p99Ms.toFixed(1)} ms; ${received} bytes sent to them; host ${host.toFixed(0)} MiB, driver ${driver.toFixed(0)} MiB over idle`,
    );
    const found = checksOf(attack, { before, during, clients, honest, seconds });
    honest.close();
    return found;
  } finally {
    for (const client of clients) client.close();
    ready.connection.close();
    await server.stop();
  }
}

function checksOf(
  { name, cutSeconds, mostBytes }: Attack,
  figures: {
    before: ProbeFigures;
    during: ProbeFigures;
    clients: readonly SlowClient[];
    honest: SlowClient;
    seconds: number;
  },
): Check[] {
  const { before, during, clients, honest, seconds } = figures;
  const checks = [
    atMost(`${name}: errors of others`, 0, during.errors, ''),
    atMost(`${name}: p99 of others, to before`, 2, during.p99Ms / before.p99Ms, 'x'),
    atMost(`${name}: an upload of 50 KiB/s cut`, 0, isCut(honest) ? 1 : 0, ''),
  ];
  if (mostBytes !== undefined) {
    const most = Math.max(...clients.map(({ received }) => received));
    checks.push(atMost(`${name}: most that one was sent`, mostBytes, most, 'bytes'));
  }
  if (cutSeconds === undefined || cutSeconds > seconds) return checks;
  const longest = Math.max(...clients.map(({ cutAfterMs = Infinity }) => cutAfterMs)) / 1000;
  return [...checks, atMost(`${name}: longest until cut`, cutSeconds, longest, 's')];
}

async function prepare({ port }: LoadedServer): Promise<Ready> {
  const connection = await Connection.open(port);
  const small = new ContentSource(SMALL).next();
  await pushBlob(connection, REPOSITORY, small);
  await putManifest(connection, REPOSITORY, 'latest', imageManifest(small, [small]));
  const large = new ContentSource(LARGE).next();
  await pushBlob(connection, REPOSITORY, large);
  const pathOf = ({ digest }: { digest: string }) => `/v2/${REPOSITORY}/blobs/${digest}`;
  return { port, connection, largeBlob: pathOf(large), smallBlob: pathOf(small) };
}

async function probeFor(port: number, seconds: number): Promise<ProbeFigures> {
  const probe = startProbe(port, `/v2/${REPOSITORY}/manifests/latest`, PROBE_MS, PROBE_LANES);
  await delay(seconds * 1000);
  return probe.stop();
}

/** Slow, but at work: nobody may cut it. */
async function startHonestUpload({ port, connection }: Ready): Promise<SlowClient> {
  const path = await openUpload(connection, REPOSITORY);
  const first = `PATCH ${path} HTTP/1.1\r\n${HOST}Content-Type: application/octet-stream\r\nContent-Length: ${GIB}\r\n\r\n`;
  return startSlowClient({ port, first, drip: Buffer.alloc(UPLOAD_RATE) });
}

function isCut({ cutAfterMs }: SlowClient): boolean {
  return cutAfterMs !== undefined;
}
