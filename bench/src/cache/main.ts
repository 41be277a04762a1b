import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { print, runCommand } from '../command.js';
import type { Content } from '../content.js';
import { ContentSource } from '../content.js';
import { describeMachine } from '../describe-machine.js';
import { Connection } from '../http/connection.js';
import { median } from '../median.js';
import type { Server } from '../peers/servers.js';
import { SERVERS } from '../peers/servers.js';
import { benchDirectory, startServer } from '../peers/start-server.js';
import { fetchContent, pushBlob, verifyContent } from '../registry-client.js';
import { findCommand } from '../s3/find-command.js';
import { startS3Server } from '../s3/s3-server.js';
import { registryOver } from '../s3/subjects.js';
import { startSlowLink } from './slow-link.js';

const MIB = 2 ** 20;
/** 128, or the first argument: MiB in a layer. */
const LAYER = Number(process.argv[2] ?? 128) * MIB;
const LAYERS = 4;
const LATENCY_MS = 50;
const ROUNDS = 9;

/** `npm run bench:cache`: pulls of an image from a bucket far away, through a cache, and from the local disk, side by side. */
async function main(): Promise<void> {
  delete process.env.AWS_CA_BUNDLE;
  const s3 = await startS3Server(command('versitygw'));
  const link = await startSlowLink(command('toxiproxy-server'), s3.port, LATENCY_MS);
  const directory = join(benchDirectory(), `outrigger-bench-cache-${process.pid}`);
  try {
    await s3.inBucket(async (bucket) => {
      const local = await startServer(outrigger());
      const bare = await startServer(over(link.port, bucket));
      const near = await startServer(over(s3.port, bucket));
      const cached = await startServer(over(link.port, bucket, cacheIn(directory, '1h')));
      const checked = await startServer(over(link.port, bucket, cacheIn(`${directory}-checked`, '0')));
      const servers = [local, bare, near, cached, checked];
      try {
        print(describeMachine('client, S3 server and registries').lines.join('\n'));
        const source = new ContentSource(LAYER);
        const image = Array.from({ length: LAYERS }, () => source.next());
        for (const { port } of [local, near]) await push(port, image);
        const direct = await mib(bare.port, image);
        const first = await mib(cached.port, image);
        await mib(checked.port, image);
        for (const { port } of servers) await verify(port, image);
        const speeds = await inTurns(
          { local: local.port, cached: cached.port, checked: checked.port },
          image,
        );
        print(
          `\nan image of ${LAYERS} layers, ${(LAYERS * LAYER) / MIB} MiB, all at once, in MiB/s; S3 behind ${LATENCY_MS} ms`,
        );
        print(`from the bucket:                      ${direct.toFixed(0)}`);
        print(`from the bucket, filling the cache:   ${first.toFixed(0)}`);
        print(`from the local disk:                  ${speeds.local.toFixed(0)}`);
        print(
          `from the cache:                       ${speeds.cached.toFixed(0)} (${(speeds.cached / speeds.local).toFixed(2)})`,
        );
        print(
          `from the cache, every read checked:   ${speeds.checked.toFixed(0)} (${(speeds.checked / speeds.local).toFixed(2)})`,
        );
      } finally {
        for (const server of servers) await server.stop();
      }
    });
  } finally {
    await link.stop();
    await s3.stop();
    for (const each of [directory, `${directory}-checked`]) await rm(each, { recursive: true, force: true });
  }
}

function command(name: string): string {
  const found = findCommand(name);
  if (found === undefined) throw new Error(`no ${name}: run node e2e/tools/install.mjs`);
  return found;
}

function outrigger(): Server {
  const found = SERVERS.find(({ name }) => name === 'outrigger');
  if (found === undefined) throw new Error('no registry outrigger');
  return found;
}

/** Redirects off: the content comes through the registry. */
function over(port: number, bucket: string, middleware?: object): Server {
  const server = registryOver('outrigger', { port, bucket });
  return {
    ...server,
    config(own, store) {
      const config = JSON.parse(server.config(own, store)) as { storage: object };
      const storage = { ...config.storage, redirect: { disable: true } };
      return JSON.stringify({
        ...config,
        storage,
        middleware: { storage: middleware === undefined ? [] : [middleware] },
      });
    },
  };
}

function cacheIn(directory: string, verify: string): object {
  return { name: 'cache', options: { directory, size: '4GiB', verify } };
}

type Speeds = Readonly<Record<'local' | 'cached' | 'checked', number>>;

/** One after the other in each round, so that the machine is the same for all. */
async function inTurns(ports: Speeds, image: readonly Content[]): Promise<Speeds> {
  const seen = { local: [] as number[], cached: [] as number[], checked: [] as number[] };
  for (let round = 0; round < ROUNDS; round++) {
    for (const name of ['local', 'cached', 'checked'] as const)
      seen[name].push(await mib(ports[name], image));
  }
  return { local: median(seen.local), cached: median(seen.cached), checked: median(seen.checked) };
}

async function push(port: number, image: readonly Content[]): Promise<void> {
  for (const content of image)
    await withConnection(port, (connection) => pushBlob(connection, 'bench', content));
}

/** MiB a second. */
async function mib(port: number, image: readonly Content[]): Promise<number> {
  const begin = performance.now();
  await Promise.all(
    image.map(({ digest, size }) =>
      withConnection(port, (connection) => fetchContent(connection, `/v2/bench/blobs/${digest}`, size)),
    ),
  );
  return (LAYERS * LAYER) / MIB / ((performance.now() - begin) / 1000);
}

async function verify(port: number, image: readonly Content[]): Promise<void> {
  for (const { digest } of image)
    await withConnection(port, (connection) =>
      verifyContent(connection, `/v2/bench/blobs/${digest}`, digest),
    );
}

async function withConnection<T>(port: number, use: (connection: Connection) => Promise<T>): Promise<T> {
  const connection = await Connection.open(port);
  try {
    return await use(connection);
  } finally {
    connection.close();
  }
}

await runCommand(main);
