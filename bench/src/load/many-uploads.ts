import type { Content } from '../content.js';
import { ContentSource } from '../content.js';
import { Connection } from '../http/connection.js';
import { headerOf } from '../http/response-parser.js';
import { pushBlob, pushChunked, verifyContent } from '../registry-client.js';
import type { Check, Load, LoadOptions } from './load.js';
import { atMost } from './load.js';
import type { Growth } from './subject.js';
import { startLoaded } from './subject.js';

const REPOSITORY = 'load/uploads';
const PATCHES = 16;
const MIB = 1024 * 1024;

type Send = typeof pushBlob;

const WAYS: readonly { readonly name: string; readonly send: Send }[] = [
  { name: 'monolithic', send: pushBlob },
  { name: 'chunked', send: (connection, name, content) => pushChunked(connection, name, content, PATCHES) },
];

/** L01: memory does not grow with the number of uploads. */
export const manyUploads: Load = {
  name: 'L01',
  title: 'large uploads, all at once, in one PUT and in PATCHes',
  options: ['--uploads 32 (or 8,32,64: the slope then)', '--size 1024 (MiB of each)'],
  async run(options) {
    const counts = options.list('uploads', [32]);
    const checks: Check[] = [];
    for (const way of WAYS) {
      const growths: Growth[] = [];
      for (const count of counts) {
        const { growth, found } = await uploadAll(way, count, options);
        growths.push(growth);
        checks.push(...found);
      }
      checks.push(...slopes(way.name, counts, growths));
    }
    return checks;
  },
};

async function uploadAll(
  { name, send }: (typeof WAYS)[number],
  count: number,
  { number, print }: LoadOptions,
): Promise<{ growth: Growth; found: Check[] }> {
  const size = number('size', 1024) * MIB;
  const source = new ContentSource(size);
  const contents = Array.from({ length: count }, () => source.next());
  const server = await startLoaded();
  try {
    const begin = performance.now();
    const ended = await Promise.allSettled(contents.map((content) => upload(server.port, content, send)));
    const seconds = (performance.now() - begin) / 1000;
    const growth = server.growth();
    const failed = ended.filter(({ status }) => status === 'rejected');
    for (const each of failed.slice(0, 3)) if (each.status === 'rejected') print(`  ${String(each.reason)}`);
    const stored = await countStored(server.port, contents);
    const what = `${count} x ${size / MIB} MiB ${name}`;
    const speed = (count * size) / MIB / seconds;
    print(`${what}: ${seconds.toFixed(1)} s, ${speed.toFixed(0)} MiB/s, ${stored} stored`);
    return {
      growth,
      found: [
        atMost(`${what}: errors`, 0, failed.length, ''),
        atMost(`${what}: not stored`, 0, count - stored, ''),
        atMost(`${what}: host over idle`, 256, growth.host, 'MiB'),
        atMost(`${what}: driver over idle`, 256, growth.driver, 'MiB'),
      ],
    };
  } finally {
    await server.stop();
  }
}

async function upload(port: number, content: Content, send: Send): Promise<void> {
  const connection = await Connection.open(port);
  try {
    await send(connection, REPOSITORY, content);
  } finally {
    connection.close();
  }
}

/** By HEAD, and one of them by its bytes. */
async function countStored(port: number, contents: readonly Content[]): Promise<number> {
  const connection = await Connection.open(port);
  let stored = 0;
  for (const { digest, size } of contents) {
    const answer = await connection.send({ method: 'HEAD', path: `/v2/${REPOSITORY}/blobs/${digest}` });
    if (answer.status === 200 && Number(headerOf(answer, 'content-length')) === size) stored++;
  }
  const [first] = contents;
  if (first !== undefined && stored === contents.length)
    await verifyContent(connection, `/v2/${REPOSITORY}/blobs/${first.digest}`, first.digest);
  connection.close();
  return stored;
}

function slopes(name: string, counts: readonly number[], growths: readonly Growth[]): Check[] {
  const [fewest, most] = [counts[0], counts.at(-1)];
  const [low, high] = [growths[0], growths.at(-1)];
  if (fewest === undefined || most === undefined || low === undefined || high === undefined) return [];
  if (most <= fewest) return [];
  const slope = (high.host + high.driver - low.host - low.driver) / (most - fewest);
  return [atMost(`${name}: slope from ${fewest} to ${most} uploads`, 4, slope, 'MiB each')];
}
