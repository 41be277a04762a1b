import type { Content } from '../content.js';
import { ContentSource } from '../content.js';
import { Connection } from '../http/connection.js';
import { percentiles } from '../peers/latencies.js';
import { isInstalled } from '../peers/servers.js';
import { fetchContent, imageManifest, pushBlob, pushChunked, putManifest } from '../registry-client.js';
import { formatTable, round } from '../table.js';
import type { Check, Load, LoadOptions } from './load.js';
import { atLeast, atMost } from './load.js';
import { serverOf, startLoaded } from './subject.js';

type Kind = 'push' | 'chunked' | 'pull';

interface Test {
  readonly name: string;
  /** What the client numbered `index` does, in which size (MiB). */
  pick(index: number): { readonly kind: Kind; readonly size: number };
}

const SIZES = [1, 10, 100] as const;
const CHUNKS = 4;
const REPOSITORY = 'load/zb';

/** Those of zot's zb. */
const TESTS: readonly Test[] = [
  ...plain('push', 'push monolithic'),
  ...plain('chunked', 'push chunked'),
  ...plain('pull', 'pull'),
  { name: 'pull mixed 20/70/10 %', pick: (index) => ({ kind: 'pull', size: spread(index, [20, 70, 10]) }) },
  { name: 'push mixed 33/33/33 %', pick: (index) => ({ kind: 'push', size: spread(index, [33, 33, 34]) }) },
  ...SIZES.map((size) => ({
    name: `pull 75 %, push 25 %, ${size} MiB`,
    pick: (index: number) => ({ kind: index % 4 === 3 ? 'push' : 'pull', size }) as const,
  })),
];

/** L04: what zot's own benchmark does. */
export const zb: Load = {
  name: 'L04',
  title: "the tests of zot's zb",
  options: [
    '--clients 10',
    '--requests 100',
    '--scale 1 (share of the sizes of 1, 10 and 100 MiB)',
    '--servers outrigger,zot',
  ],
  async run(options) {
    const servers = options.servers.filter((name) => {
      if (isInstalled(serverOf(name))) return true;
      options.print(`${name}: not on this machine, left out`);
      return false;
    });
    const results = new Map<string, readonly Outcome[]>();
    for (const name of servers) results.set(name, await runAll(name, options));
    options.print(tableOf(results));
    return checksOf(results);
  },
};

interface Outcome {
  readonly perSecond: number;
  readonly p99Ms: number;
  readonly failures: number;
}

async function runAll(name: string, { number, print }: LoadOptions): Promise<Outcome[]> {
  const server = await startLoaded(name);
  const scale = number('scale', 1);
  const outcomes: Outcome[] = [];
  try {
    const pullable = await pushPullable(server.port, scale);
    for (const test of TESTS) {
      const parts = { pullable, scale, requests: number('requests', 100), clients: number('clients', 10) };
      outcomes.push(await runTest(server.port, test, parts));
    }
    const { host, driver } = server.growth();
    print(`${name}: host ${host.toFixed(0)} MiB, driver ${driver.toFixed(0)} MiB over idle`);
  } finally {
    await server.stop();
  }
  return outcomes;
}

async function runTest(
  port: number,
  test: Test,
  parts: { pullable: ReadonlyMap<number, Content>; scale: number; requests: number; clients: number },
): Promise<Outcome> {
  const sources = new Map(
    SIZES.map((size) => [size as number, new ContentSource(bytesOf(size, parts.scale))]),
  );
  const times: number[] = [];
  let next = 0;
  let failures = 0;
  const lane = async () => {
    const connection = await Connection.open(port);
    for (let index = next++; index < parts.requests; index = next++) {
      const { kind, size } = test.pick(index);
      const content = kind === 'pull' ? parts.pullable.get(size) : sources.get(size)?.next();
      const begin = performance.now();
      try {
        if (content !== undefined) await perform(connection, kind, content, `t${index}`);
        times.push(performance.now() - begin);
      } catch {
        failures++;
      }
    }
    connection.close();
  };
  const begin = performance.now();
  await Promise.all(Array.from({ length: parts.clients }, lane));
  const seconds = (performance.now() - begin) / 1000;
  const p99Ms = times.length === 0 ? Number.NaN : percentiles(times).p99Ms;
  return { perSecond: times.length / seconds, p99Ms, failures };
}

async function perform(connection: Connection, kind: Kind, content: Content, tag: string): Promise<void> {
  const manifest = imageManifest(content, [content]);
  if (kind === 'pull') {
    await fetchContent(connection, `/v2/${REPOSITORY}/manifests/s${content.size}`, manifest.length);
    await fetchContent(connection, `/v2/${REPOSITORY}/blobs/${content.digest}`, content.size);
    return;
  }
  if (kind === 'push') await pushBlob(connection, REPOSITORY, content);
  else await pushChunked(connection, REPOSITORY, content, CHUNKS);
  await putManifest(connection, REPOSITORY, tag, manifest);
}

async function pushPullable(port: number, scale: number): Promise<Map<number, Content>> {
  const connection = await Connection.open(port);
  const contents = new Map<number, Content>();
  for (const size of SIZES) {
    const content = new ContentSource(bytesOf(size, scale)).next();
    await perform(connection, 'push', content, `s${content.size}`);
    contents.set(size, content);
  }
  connection.close();
  return contents;
}

function plain(kind: Kind, name: string): Test[] {
  return SIZES.map((size) => ({ name: `${name} ${size} MiB`, pick: () => ({ kind, size }) }));
}

/** A size for each of a hundred indexes, by shares in percent, well mixed. */
function spread(index: number, shares: readonly [number, number, number]): number {
  const place = (index * 37) % 100;
  if (place < shares[0]) return SIZES[0];
  return place < shares[0] + shares[1] ? SIZES[1] : SIZES[2];
}

function bytesOf(size: number, scale: number): number {
  return Math.max(1, Math.round(size * 1024 * 1024 * scale));
}

function tableOf(results: ReadonlyMap<string, readonly Outcome[]>): string {
  const header = ['test', ...[...results.keys()].flatMap((name) => [`${name} /s`, 'p99 ms', 'failures'])];
  const rows = TESTS.map(({ name }, at) => [
    name,
    ...[...results.values()].flatMap((outcomes) => {
      const { perSecond = Number.NaN, p99Ms = Number.NaN, failures = 0 } = outcomes[at] ?? {};
      return [round(perSecond, 1), round(p99Ms), String(failures)];
    }),
  ]);
  return formatTable(header, rows);
}

function checksOf(results: ReadonlyMap<string, readonly Outcome[]>): Check[] {
  const [ours, zots] = [results.get('outrigger'), results.get('zot')];
  if (ours === undefined) return [];
  const failures = ours.reduce((sum, outcome) => sum + outcome.failures, 0);
  const ratios = TESTS.flatMap(({ name }, at) => {
    const [our, other] = [ours[at]?.perSecond, zots?.[at]?.perSecond];
    return our === undefined || other === undefined
      ? []
      : [atLeast(`${name}, to zot`, 0.5, our / other, 'x')];
  });
  return [atMost('failures', 0, failures, ''), ...ratios];
}
