import { ContentSource } from '../../content.js';
import { Connection } from '../../http/connection.js';
import { expectStatus, imageManifest, pushBlob, putManifest } from '../../registry-client.js';
import { percentiles } from '../latencies.js';
import type { Step, StepContext, StepRun } from '../step.js';

const MANIFEST_BLOB = 4096;

/** Tags the same manifest again and again, each round in a repository of its own. */
export function tagPuts(lanes: number): Step {
  return {
    name: `tag-put-${lanes}`,
    title: ({ tags }) => `${tags} tag PUTs, ${lanes === 1 ? 'one connection' : `${lanes} connections`}`,
    unit: '/s',
    store: 'empty',
    goals: { outrigger: '>= 1.0', 'outrigger-relaxed': '>= 1.0' },
    start: async (context) => startPuts(context, lanes),
  };
}

export const tagList: Step = {
  name: 'tag-list',
  title: ({ tags }) => `list of ${tags} tags`,
  unit: 'ms',
  store: 'empty',
  goals: { outrigger: '<= 0.4' },
  start: startList,
};

function startPuts({ port, scale }: StepContext, lanes: number): StepRun {
  let last = '';
  return {
    arrange: async (round) => {
      const repository = `bench/tags-${lanes}-${round + 1}`;
      last = repository;
      const connections = await Promise.all(Array.from({ length: lanes }, () => Connection.open(port)));
      const manifest = await pushManifestBlob(connections[0], repository);
      const tags = tagNames(round < 0 ? Math.ceil(scale.tags / 10) : scale.tags);
      return async () => {
        const measured = await putAll(connections, repository, manifest, tags);
        for (const connection of connections) connection.close();
        return measured;
      };
    },
    verify: async () => {
      const connection = await Connection.open(port);
      const { tags } = await listTags(connection, last, scale.tags);
      if (tags !== scale.tags) throw new Error(`${tags} tags in the list instead of ${scale.tags}`);
      connection.close();
    },
    close: () => undefined,
  };
}

async function startList({ port, scale }: StepContext): Promise<StepRun> {
  const repository = 'bench/tag-list';
  const connection = await Connection.open(port);
  const manifest = await pushManifestBlob(connection, repository);
  await putAll([connection], repository, manifest, tagNames(scale.tags));
  connection.close();
  return {
    arrange: async () => {
      const fresh = await Connection.open(port);
      return async () => {
        const times: number[] = [];
        const begin = performance.now();
        for (let call = 0; call < scale.lists; call++) {
          const { tags, ms } = await listTags(fresh, repository, scale.tags);
          if (tags !== scale.tags) throw new Error(`${tags} tags in the list instead of ${scale.tags}`);
          times.push(ms);
        }
        const seconds = (performance.now() - begin) / 1000;
        fresh.close();
        return { units: times.length, seconds, ...percentiles(times) };
      };
    },
    verify: async () => undefined,
    close: () => undefined,
  };
}

async function putAll(
  connections: readonly Connection[],
  repository: string,
  manifest: Buffer,
  tags: readonly string[],
) {
  const left = [...tags];
  const times: number[] = [];
  const begin = performance.now();
  const lane = async (connection: Connection) => {
    for (let tag = left.pop(); tag !== undefined; tag = left.pop()) {
      const sent = performance.now();
      await putManifest(connection, repository, tag, manifest);
      times.push(performance.now() - sent);
    }
  };
  await Promise.all(connections.map(lane));
  return { units: times.length, seconds: (performance.now() - begin) / 1000, ...percentiles(times) };
}

/** The time runs until the last byte is here; what follows is the client's own. */
async function listTags(
  connection: Connection,
  repository: string,
  limit: number,
): Promise<{ tags: number; ms: number }> {
  const pieces: Buffer[] = [];
  const path = `/v2/${repository}/tags/list?n=${limit}`;
  const sent = performance.now();
  const answer = await connection.send({
    method: 'GET',
    path,
    sink: (data) => pieces.push(Buffer.from(data)),
  });
  const ms = performance.now() - sent;
  expectStatus(answer, 200, 'list of tags');
  const { tags } = JSON.parse(Buffer.concat(pieces).toString()) as { tags: readonly string[] };
  return { tags: tags.length, ms };
}

async function pushManifestBlob(connection: Connection | undefined, repository: string): Promise<Buffer> {
  const blob = new ContentSource(MANIFEST_BLOB).next();
  if (connection !== undefined) await pushBlob(connection, repository, blob);
  return imageManifest(blob, [blob]);
}

function tagNames(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `v1.0.${index}`);
}
