import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { takeInventory } from '../distribution/inventory.js';
import { sha256 } from '../harness/content.js';
import { tagDigest } from '../harness/push-images.js';
import type { S3Bucket, S3Server } from '../harness/s3-server.js';
import { KIB, MIB, scaled, seconds } from '../harness/scale.js';
import type { RegistryOptions } from '../harness/start-registry.js';
import { testRegistry } from '../harness/start-registry.js';
import { checkStore } from '../harness/store-check.js';
import { temporaryDirectory } from '../harness/temporary-directory.js';
import { findTool, skipMissing } from '../harness/tool.js';
import { until } from '../harness/until.js';
import { startVersitygw } from '../harness/versitygw-server.js';
import { outrigger, startOutrigger, writeConfig } from './command.js';
import type { LiveWriter } from './live-writer.js';
import { startWriter } from './live-writer.js';
import { LAYERS, writeImages } from './write-images.js';

const REPOSITORIES = 4;
/** With their layers: some hundred blobs, 10,000 in the long form. */
const IMAGES = scaled(6, 320);
const BLOBS = REPOSITORIES * IMAGES * LAYERS;
const LIVE = 'live/app';
/** How much of it is there when it is killed. */
const KILLS = scaled([0.1], [0.1, 0.4, 0.7]);
/** Of one step, on a machine that does much else. */
const PATIENCE_MS = seconds(600, 3600);

const command = findTool('versitygw');

/** A place that a store can be in. */
interface Place {
  readonly registry: RegistryOptions;
  readonly config: string;
  /** How many files or objects it has. */
  readonly count: () => Promise<number>;
}

describe.skipIf(typeof command !== 'string')('migrate', () => {
  let server: S3Server;

  beforeAll(async () => {
    server = await startVersitygw(typeof command === 'string' ? command : '');
  });
  afterAll(() => server.stop());

  test(
    'from the filesystem to S3 and back, with a writer beside it and kill -9 in the middle: equal digests, nothing lost',
    async () => {
      const [first, second, third] = [
        await onDisk(),
        await inBucket(await server.createStore()),
        await onDisk(),
      ];
      const tree = await temporaryDirectory();
      for (let index = 0; index < REPOSITORIES; index++)
        await writeImages(join(tree, `app-${index}`), IMAGES, 4 * KIB);
      await outrigger('import', tree, first.config, '--to', 'moved', '--quiet');

      const there = await move(first, second, 'there');
      const back = await move(second, third, 'back');

      await checkStore(third.registry.store ?? '');
      const registry = await testRegistry(third.registry);
      for (const { acknowledged } of [there, back])
        for (const [tag, manifest] of acknowledged) {
          const latest = back.acknowledged.get(tag) ?? manifest;
          expect(await tagDigest(registry, LIVE, tag)).toBe(sha256(Buffer.from(latest)));
        }
    },
    seconds(1200, 7200),
  );
});

if (typeof command !== 'string') skipMissing('migrate', command);

/** Moves all from one place to another one as an operator would, and is interrupted. */
async function move(from: Place, to: Place, title: string): Promise<LiveWriter> {
  const registry = await testRegistry(from.registry);
  const writer = startWriter(registry.url, LIVE, title);
  await until('a push', () => writer.count() > 0);

  for (const share of KILLS) {
    const killed = startOutrigger(['migrate', from.config, to.config, '--parallel', '2']);
    const isThere = async () => (await to.count()) > BLOBS * share;
    await until('a part of the migration', isThere, PATIENCE_MS);
    killed.kill('SIGKILL');
    expect((await killed).signal).toBe('SIGKILL');
  }

  // Beside the writer, until nearly all is there; then for the last time, when it has stopped.
  const before = writer.count();
  await outrigger('migrate', from.config, to.config, '--quiet');
  await until('pushes beside the migration', () => writer.count() > before);
  await writer.stop();
  await outrigger('migrate', from.config, to.config, '--quiet');
  expect(JSON.parse(await outrigger('migrate', from.config, to.config, '--json'))).toMatchObject({
    even: true,
    failures: [],
    extras: [],
  });

  const source = await takeInventory(registry.url);
  await registry.stop();
  const other = await testRegistry(to.registry);
  expect(await takeInventory(other.url)).toEqual(source);
  await other.stop();
  return writer;
}

async function onDisk(): Promise<Place> {
  const store = await temporaryDirectory();
  return {
    registry: { store },
    config: await writeConfig({ filesystem: { rootdirectory: store } }),
    count: async () =>
      (await readdir(store, { recursive: true })).filter((path) => path.endsWith('/data')).length,
  };
}

async function inBucket(bucket: S3Bucket): Promise<Place> {
  const parameters = { chunksize: 5 * MIB, ...bucket.parameters() };
  return {
    registry: { driver: 's3', parameters, sections: { outrigger: { profile: 'strict' } } },
    config: await writeConfig({ s3: parameters }),
    count: async () => (await bucket.names()).filter((name) => name.endsWith('/data')).length,
  };
}
