import { StorageError } from '@outrigger/driver';
import { expect, test } from 'vitest';
import type { Extra, LayoutKind } from '../../src/index.js';
import { findExtras, storeSink, storeSource } from '../../src/index.js';
import { blobData, layerLink } from '../../src/layout/distribution/paths.js';
import { parseDigest } from '../../src/reference/digest.js';
import type { TestRegistry } from '../registry-fixture.js';
import {
  OCI_INDEX,
  OCI_MANIFEST,
  bytes,
  digestOf,
  makeImage,
  memoryDriver,
  overrideDriver,
  pushBlob,
  pushImage,
  putManifest,
  startRegistry,
} from '../registry-fixture.js';
import { run, storeOf } from './transfer-fixture.js';

async function extrasOf(origin: TestRegistry, other: TestRegistry): Promise<Extra[]> {
  const found: Extra[] = [];
  await findExtras(storeOf(origin.driver), storeOf(other.driver), (extra) => void found.push(extra));
  return found;
}

async function migrate(from: TestRegistry, to: TestRegistry, dryRun = false) {
  return run(storeSource(storeOf(from.driver)), storeSink(storeOf(to.driver)), dryRun);
}

const WAYS: readonly (readonly [LayoutKind, LayoutKind])[] = [
  ['distribution', 'distribution'],
  ['distribution', 'oci'],
  ['oci', 'distribution'],
  ['oci', 'oci'],
];

test.for(WAYS)(
  'everything of a store comes from %s to %s, and then they are even',
  async ([layout, other]) => {
    const [from, to] = [await startRegistry({ layout }), await startRegistry({ layout: other })];
    const [origin, store] = [storeOf(from.driver, layout), storeOf(to.driver, other)];
    const app = await pushImage(from, 'team/app', 'v1');
    await putManifest(from, 'team/app', 'latest', app.content);
    const subject = { mediaType: OCI_MANIFEST, digest: app.digest, size: app.content.length };
    const referrer = await makeImage(from, 'team/app', { subject, artifactType: 'application/x.note' });
    expect((await putManifest(from, 'team/app', digestOf(referrer), referrer)).status).toBe(201);
    const index = Buffer.from(
      JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [subject] }),
    );
    expect((await putManifest(from, 'team/app', 'multi', index, OCI_INDEX)).status).toBe(201);
    await pushImage(from, 'other/app', 'v1');
    const lone = await pushBlob(from, 'other/app', bytes(300_000));

    const first = await run(storeSource(origin), storeSink(store));
    expect(first.failed).toEqual([]);
    expect(first.counts).toMatchObject({
      repositories: 2,
      manifests: { copied: 4, kept: 0 },
      tags: { set: 4, kept: 0 },
    });
    for (const path of [
      'manifests/v1',
      'manifests/latest',
      'manifests/multi',
      `manifests/${digestOf(referrer)}`,
    ])
      expect((await to.call('HEAD', `team/app/${path}`)).status, path).toBe(200);
    expect((await to.call('HEAD', `other/app/blobs/${lone}`)).status).toBe(200);
    const { manifests } = (await (await to.call('GET', `team/app/referrers/${app.digest}`)).json()) as {
      manifests: { digest: string }[];
    };
    expect(manifests.map(({ digest }) => digest)).toEqual([digestOf(referrer)]);

    const second = await run(storeSource(origin), storeSink(store));
    expect(second.counts).toMatchObject({
      manifests: { copied: 0, kept: 4 },
      blobs: { copied: 0, linked: 0 },
      tags: { set: 0, kept: 4 },
    });
    const extras: Extra[] = [];
    await findExtras(origin, store, (extra) => void extras.push(extra));
    expect(extras).toEqual([]);
  },
);

test('a second run brings what has changed: a tag that was moved, and a new image', async () => {
  const [from, to] = [await startRegistry(), await startRegistry()];
  await pushImage(from, 'app', 'v1');
  await migrate(from, to);
  const { digest } = await pushImage(from, 'app', 'v1');
  const { counts } = await migrate(from, to);
  expect(counts).toMatchObject({ manifests: { copied: 1, kept: 1 }, tags: { set: 1, kept: 0 } });
  expect((await to.call('HEAD', 'app/manifests/v1')).headers.get('docker-content-digest')).toBe(digest);
});

test('what only the second store has is told', async () => {
  const [from, to] = [await startRegistry(), await startRegistry()];
  const { digest } = await pushImage(from, 'app', 'v1');
  await pushImage(from, 'app', 'v2');
  await migrate(from, to);
  expect((await from.call('DELETE', `app/manifests/${digest}`)).status).toBe(202);
  await pushImage(to, 'own/app', 'v1');
  expect(await extrasOf(from, to)).toEqual([
    { repository: 'app', reference: digest },
    { repository: 'app', reference: 'v1' },
    { repository: 'own/app', reference: undefined },
  ]);
});

test('a dry run counts the same and writes nothing', async () => {
  const [from, to] = [await startRegistry(), await startRegistry()];
  const { content } = await pushImage(from, 'app', 'v1');
  await putManifest(from, 'copy', 'v1', content);
  const dry = await migrate(from, to, true);
  await expect((await to.call('GET', '_catalog')).json()).resolves.toEqual({ repositories: [] });
  expect((await migrate(from, to)).counts).toEqual(dry.counts);
});

test('content that two repositories share is copied once', async () => {
  const [from, to] = [await startRegistry(), await startRegistry()];
  const content = bytes(100_000);
  await pushBlob(from, 'one', content);
  await pushBlob(from, 'two', content);
  const { counts } = await migrate(from, to);
  expect(counts).toMatchObject({ blobs: { copied: 1, linked: 1, kept: 0 }, bytes: 100_000 });
});

test('rotten and missing content is told with all that needs it, and keeps nothing else back', async () => {
  const [from, to] = [await startRegistry(), await startRegistry()];
  const rotten = await pushImage(from, 'app', 'rotten');
  const whole = await pushImage(from, 'app', 'whole');
  const { layers } = JSON.parse(rotten.content.toString()) as { layers: { digest: string }[] };
  const layer = parseDigest(layers[0]?.digest ?? '');
  await from.driver.put(blobData(layer), Buffer.alloc(64));
  // What a collector leaves of a blob that it took.
  const stale = parseDigest(digestOf('gone'));
  await from.driver.put(layerLink('app', stale), Buffer.from(stale.text));

  const { failed, counts } = await migrate(from, to);
  expect(counts).toMatchObject({ manifests: { copied: 1 }, tags: { set: 1 } });
  expect(failed).toEqual([
    expect.objectContaining({
      reference: rotten.digest,
      reason: `${layer.text}, which it names, is missing or damaged`,
    }),
    expect.objectContaining({
      reference: 'rotten',
      reason: `its manifest ${rotten.digest} could not be copied`,
    }),
  ]);
  expect((await to.call('HEAD', `app/manifests/${whole.digest}`)).status).toBe(200);
  expect((await to.call('HEAD', 'app/manifests/rotten')).status).toBe(404);
});

test('large content that has rotted is found by its digest on the way, and does not come', async () => {
  const [from, to] = [await startRegistry(), await startRegistry()];
  const digest = parseDigest(await pushBlob(from, 'app', bytes(300_000)));
  await from.driver.put(blobData(digest), bytes(300_000));
  const { failed } = await migrate(from, to);
  expect(failed).toEqual([
    { repository: 'app', reference: digest.text, reason: 'the content does not have the digest' },
  ]);
  expect((await to.call('HEAD', `app/blobs/${digest.text}`)).status).toBe(404);
});

test('a storage that is full ends it, and a second run goes on from there', async () => {
  const from = await startRegistry();
  for (const tag of ['v1', 'v2', 'v3']) await pushImage(from, 'app', tag);
  const driver = await memoryDriver();
  let left = 4;
  const full = overrideDriver(driver, {
    writer: async (path, options) => {
      if (left-- <= 0) throw new StorageError('QUOTA_EXCEEDED', 'the disk is full');
      return driver.writer(path, options);
    },
  });
  const source = storeSource(storeOf(from.driver));
  await expect(run(source, storeSink(storeOf(full)))).rejects.toMatchObject({ code: 'QUOTA_EXCEEDED' });
  const { counts, failed } = await run(source, storeSink(storeOf(driver)));
  expect(failed).toEqual([]);
  expect(counts.blobs).toMatchObject({ copied: 2, kept: 4 });
  expect(counts.tags.set).toBe(3);
});

test('manifests that nobody could push today are copied as they are, with the blobs of their repository', async () => {
  const [from, to] = [await startRegistry(), await startRegistry()];
  const layer = await pushBlob(from, 'old', bytes(50));
  const schema1 = Buffer.from(
    JSON.stringify({ schemaVersion: 1, name: 'old', tag: 'v1', fsLayers: [{ blobSum: layer }] }),
  );
  const digest = parseDigest(digestOf(schema1));
  await from.driver.put(blobData(digest), schema1);
  const manifests = '/docker/registry/v2/repositories/old/_manifests';
  for (const path of [`revisions/sha256/${digest.hex}`, 'tags/v1/current'])
    await from.driver.put(`${manifests}/${path}/link`, Buffer.from(digest.text));
  const { failed } = await migrate(from, to);
  expect(failed).toEqual([]);
  const pulled = await to.call('GET', 'old/manifests/v1');
  expect(Buffer.from(await pulled.arrayBuffer())).toEqual(schema1);
  expect((await to.call('HEAD', `old/blobs/${layer}`)).status).toBe(200);
});
