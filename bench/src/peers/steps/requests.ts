import { digestOf } from '../../content.js';
import { Connection } from '../../http/connection.js';
import { ACCEPT, imageManifest, putManifest, pushBlob, verifyContent } from '../../registry-client.js';
import { percentiles } from '../latencies.js';
import { LANES } from '../scale.js';
import type { Scale } from '../scale.js';
import {
  LAYERS_OF_MANIFEST,
  seedBlob,
  seedBlobs,
  seedManifest,
  seedRepository,
  seedTag,
} from '../seed-objects.js';
import type { Measured, Step, StepRun } from '../step.js';

/** Something to ask for, and what the answer must be. */
interface Target {
  readonly path: string;
  readonly digest: string;
  readonly size: number;
}

type Kind = 'manifest-get' | 'manifest-head' | 'blob-get';

const TITLES: Readonly<Record<Kind, string>> = {
  'manifest-get': 'manifest GET by tag',
  'manifest-head': 'manifest HEAD by tag',
  'blob-get': '4 KiB blob GET',
};
const GOALS: Readonly<Record<Kind, string>> = {
  'manifest-get': '>= 2',
  'manifest-head': '>= 2',
  'blob-get': '>= 6 (and >= 1.3 x zot)',
};
const SAMPLES = 50;
/** With distinct objects the caches fill up first. */
const LONGER_WARM_UP = 2;

/** Every request for the same object. */
export function hotRequests(kind: Kind): Step {
  return {
    name: kind,
    title: () => `${TITLES[kind]}, ${LANES} connections, one object`,
    unit: '/s',
    store: 'empty',
    goals: { outrigger: GOALS[kind] },
    start: async ({ port, scale }) => start(port, scale, kind, await hotTarget(port, kind), 1),
  };
}

/** Every request for an object drawn at random from a store larger than the caches. */
export function distinctRequests(kind: Kind): Step {
  return {
    name: `${kind}-distinct`,
    title: ({ distinct }) => `${TITLES[kind]}, ${LANES} connections, ${distinct} objects`,
    unit: '/s',
    store: 'seeded',
    goals: { outrigger: '>= 2' },
    start: async ({ port, scale }) =>
      start(port, scale, kind, seededTargets(scale.distinct, kind), LONGER_WARM_UP),
  };
}

function start(port: number, scale: Scale, kind: Kind, targets: readonly Target[], warmUp: number): StepRun {
  const isHead = kind === 'manifest-head';
  const method = isHead ? 'HEAD' : 'GET';
  const heads = targets.map(({ path }) => `${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n${ACCEPT}\r\n`);
  return {
    arrange: async (round) => {
      const connections = await openLanes(port);
      const seconds = round < 0 ? scale.warmUpSeconds * warmUp : scale.requestSeconds;
      const draw = randomSequence(round);
      return async () => {
        const measured = await runLanes(connections, seconds, async (connection) => {
          const at = targets.length === 1 ? 0 : draw() % targets.length;
          const answer = await connection.sendHead(heads[at] ?? '', isHead);
          if (answer.status !== 200 || answer.bytes !== (isHead ? 0 : targets[at]?.size))
            throw new Error(`${heads[at] ?? ''}status ${answer.status}, ${answer.bytes} bytes`);
        });
        for (const connection of connections) connection.close();
        return measured;
      };
    },
    verify: () => verifySome(port, targets),
    close: () => undefined,
  };
}

/** One request after the other on every connection until the time is over; what is under way then still counts. */
async function runLanes(
  connections: readonly Connection[],
  seconds: number,
  request: (connection: Connection) => Promise<void>,
): Promise<Measured> {
  const times: number[] = [];
  const begin = performance.now();
  const deadline = begin + seconds * 1000;
  const lane = async (connection: Connection) => {
    for (let sent = performance.now(); sent < deadline;) {
      await request(connection);
      const received = performance.now();
      times.push(received - sent);
      sent = received;
    }
  };
  await Promise.all(connections.map(lane));
  const elapsed = (performance.now() - begin) / 1000;
  return { units: times.length, seconds: elapsed, ...percentiles(times) };
}

async function hotTarget(port: number, kind: Kind): Promise<Target[]> {
  const connection = await Connection.open(port);
  const repository = 'bench/hot';
  const data = seedBlob(0);
  const blob = { digest: digestOf(data), size: data.length };
  await pushBlob(connection, repository, { ...blob, parts: [data] });
  const layers = Array.from({ length: LAYERS_OF_MANIFEST }, () => blob);
  const manifest = imageManifest(blob, layers, 'number 0');
  await putManifest(connection, repository, 'latest', manifest);
  connection.close();
  return kind === 'blob-get'
    ? [{ path: `/v2/${repository}/blobs/${blob.digest}`, ...blob }]
    : [{ path: `/v2/${repository}/manifests/latest`, digest: digestOf(manifest), size: manifest.length }];
}

function seededTargets(count: number, kind: Kind): Target[] {
  const blobs = seedBlobs(count).map(({ descriptor }) => descriptor);
  return blobs.map((blob, index) => {
    const repository = seedRepository(index);
    if (kind === 'blob-get') return { path: `/v2/${repository}/blobs/${blob.digest}`, ...blob };
    const manifest = seedManifest(index, blobs);
    const path = `/v2/${repository}/manifests/${seedTag(index)}`;
    return { path, digest: digestOf(manifest), size: manifest.length };
  });
}

async function verifySome(port: number, targets: readonly Target[]): Promise<void> {
  const connection = await Connection.open(port);
  const step = Math.max(1, Math.floor(targets.length / SAMPLES));
  for (let at = 0; at < targets.length; at += step) {
    const target = targets[at];
    if (target !== undefined) await verifyContent(connection, target.path, target.digest);
  }
  connection.close();
}

function openLanes(port: number): Promise<Connection[]> {
  return Promise.all(Array.from({ length: LANES }, () => Connection.open(port)));
}

/** The same numbers for every server (xorshift32). */
function randomSequence(round: number): () => number {
  let state = (round + 2) * 0x9e3779b9;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}
