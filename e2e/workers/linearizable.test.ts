import { Agent, request as httpRequest } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { createContent, sha256 } from '../harness/content.js';
import { request } from '../harness/http.js';
import { createRandom } from '../harness/random.js';
import { KIB, seconds } from '../harness/scale.js';
import { until } from '../harness/until.js';
import { expectStatus, pushBlob } from '../harness/upload.js';
import { isLinearizable } from '../replicas/linearizable.js';
import type { Journal } from '../replicas/writer.js';
import { runWriter } from '../replicas/writer.js';
import { testWorkers } from './registry-of-workers.js';

const NAME = 'shared/image';
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const READERS = 8;

/** Connections that are kept, so that both workers have some of them. */
function testReaders(url: string): ((path: string) => Promise<{ status: number; digest: string }>)[] {
  return Array.from({ length: READERS }, () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    onTestFinished(() => agent.destroy());
    return (path) =>
      new Promise((resolve, reject) => {
        const req = httpRequest(`${url}${path}`, { agent }, (res) => {
          const { statusCode: status = 0, headers } = res;
          res.on('end', () => resolve({ status, digest: String(headers['docker-content-digest']) })).resume();
        });
        req.on('error', reject).end();
      });
  });
}

test('whoever asks after a tag was set or deleted is told so, by any worker', async () => {
  // Connections are not closed after a number of requests.
  const { url, metrics } = await testWorkers({
    own: { profile: 'compatible' },
    parameters: { commit: 'relaxed' },
  });
  const config = createContent('config', KIB);
  await pushBlob(url, NAME, config);
  const readers = testReaders(url);
  const path = `/v2/${NAME}/manifests/latest`;
  const put = async (count: number, target = path): Promise<string> => {
    const manifest = JSON.stringify({
      schemaVersion: 2,
      mediaType: MANIFEST,
      config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: config.digest, size: KIB },
      layers: [],
      annotations: { count: String(count) },
    });
    const headers = { 'content-type': MANIFEST };
    await expectStatus(201, request(url + target, { method: 'PUT', headers, body: manifest }));
    return sha256(Buffer.from(manifest));
  };
  const stop = new AbortController();
  // Others learn what the tag names at any time.
  const busy = testReaders(url)
    .slice(0, 2)
    .map(async (read) => {
      while (!stop.signal.aborted) await read(path);
    });
  for (let count = 0; count < 30; count++) {
    const digest = await put(count);
    const found = await Promise.all(readers.map((read) => read(path)));
    expect(found.filter((answer) => answer.status !== 200 || answer.digest !== digest)).toEqual([]);
    if (count % 5 !== 0) continue;
    const gone = count % 2 === 0 ? path : `/v2/${NAME}/manifests/${digest}`;
    await expectStatus(202, request(url + gone, { method: 'DELETE' }));
    const after = await Promise.all(readers.flatMap((read) => [read(path), read(gone)]));
    expect(after.filter(({ status }) => status !== 404)).toEqual([]);
  }
  stop.abort();
  await Promise.all(busy);
  await put(0, `/v2/${NAME}/manifests/stays`);
  // In between they answer from memory, or the store would be asked for each of 800 requests.
  const before = looksOf(await metrics());
  for (let count = 0; count < 100; count++)
    await Promise.all(readers.map((read) => read(`/v2/${NAME}/manifests/stays`)));
  expect(looksOf(await metrics()) - before).toBeLessThan(400);
});

/** How often files were read of the store, by all processes. */
function looksOf(text: string): number {
  const counts = text.matchAll(/^registry_storage_action_seconds_count\{.*action="GetContent"\} (\d+)$/gm);
  return [...counts].reduce((sum, [, value]) => sum + Number(value), 0);
}

test(
  'the register of each tag is linearizable while workers are killed, or stand still, and all requests are answered',
  async () => {
    const registry = await testWorkers({ parameters: { commit: 'relaxed' } });
    const journal: Journal = { histories: new Map(), pushed: [], counts: {}, faults: [] };
    const layers = [1, 2, 3].map((number) => createContent(`layer ${number}`, 64 * KIB));
    const stop = new AbortController();
    const writers = Array.from({ length: 6 }, (_, index) =>
      runWriter(
        {
          urls: [registry.url],
          tags: ['a', 'b', 'c', 'd'],
          layers,
          random: createRandom(`writer ${index}`),
          journal,
          id: String(index),
        },
        stop.signal,
      ),
    );
    let kills = 0;
    const killing = killWorkers(registry, stop.signal, () => kills++);
    const isEnough = () => kills > 0 && (journal.counts.pushes ?? 0) > 10;
    const enough = pause(seconds(7, 300)).then(() => until('some pushes and a kill', isEnough));
    await Promise.race([enough, killing, ...writers]).finally(() => stop.abort());
    await Promise.all([killing, ...writers]);
    console.log({ ...journal.counts, kills });
    expect(journal.faults).toEqual([]);
    for (const [tag, history] of journal.histories) expect(isLinearizable(history), tag).toBe(true);
  },
  seconds(240, 600),
);

async function killWorkers(
  { workerPids, newWorkers }: Awaited<ReturnType<typeof testWorkers>>,
  signal: AbortSignal,
  onKill: () => void,
): Promise<void> {
  const random = createRandom('kill');
  // One that stands still is killed by the primary as soon as another one sets a tag.
  const signals = ['SIGSTOP', 'SIGKILL'] as const;
  for (let count = 0; ; count++) {
    await pause(500, undefined, { signal }).catch(() => undefined);
    const before = workerPids();
    const chosen = before[Math.floor(random() * before.length)];
    if (signal.aborted || chosen === undefined) return;
    process.kill(chosen, signals[count % 2]);
    await newWorkers([chosen]);
    onKill();
  }
}
