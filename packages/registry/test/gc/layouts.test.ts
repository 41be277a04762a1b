import type { StorageDriver } from '@outrigger/driver';
import { describe, expect, test, vi } from 'vitest';
import { ALWAYS_ALONE } from '../../src/replicas/presence.js';
import type { Collected, Removal } from '../../src/index.js';
import { UnreadableManifestError, collectGarbage, openGarbage, openLayout } from '../../src/index.js';
import { createForeignLayout, isThere, named, readIndex, startOci } from '../layout/oci/oci-fixture.js';
import {
  OCI_INDEX,
  OCI_MANIFEST,
  bytes,
  digestOf,
  memoryDriver,
  pushBlob,
  pushImage,
  putManifest,
} from '../registry-fixture.js';
import { collectingRegistry } from './collecting.js';

vi.mock('../../src/gc/pause.js', () => import('./test-time.js'));
vi.mock('../../src/gc/stopwatch.js', () => import('./test-time.js'));

const LOG = { debug: nothing, info: nothing, warn: nothing, error: nothing };

function nothing(): void {
  // Nobody reads it.
}

interface Flags {
  readonly deleteUntagged?: boolean;
  readonly dryRun?: boolean;
  readonly removed?: Removal[];
}

function collect(plain: StorageDriver, flags: Flags = {}): Promise<Collected> {
  const { deleteUntagged = false, dryRun = false, removed } = flags;
  const driver = openLayout(plain, 'oci');
  const garbage = openGarbage(driver, { log: LOG, presence: ALWAYS_ALONE, layout: 'oci' });
  const listener = { removing: (what: Removal) => void removed?.push(what) };
  return collectGarbage({ driver, garbage, deleteUntagged, dryRun, listener });
}

function fileOf(name: string, digest: string): string {
  return `/${name}/blobs/${digest.replace(':', '/')}`;
}

describe('the command, over OCI image layouts', () => {
  test('deletes what nothing leads to, in each layout by itself', async () => {
    const driver = await memoryDriver();
    const registry = await startOci({ driver });
    const shared = bytes(64);
    const digest = await pushBlob(registry, 'unused', shared);
    const { digest: image } = await pushImage(registry, 'used', 'v1', {
      config: { mediaType: 'application/x', digest: await pushBlob(registry, 'used', shared), size: 64 },
    });
    const removed: Removal[] = [];
    expect(await collect(driver, { dryRun: true })).toMatchObject({ blobs: 2 });
    expect(await isThere(driver, fileOf('unused', digest))).toBe(true);
    const collected = await collect(driver, { removed });
    // The config that makeImage pushes is replaced by the shared one.
    expect(collected).toMatchObject({ blobs: 2, bytes: 96, manifests: 0, links: 0 });
    expect(removed).toContainEqual({ kind: 'blob', name: 'unused', digest, size: 64 });
    expect(await isThere(driver, fileOf('unused', digest))).toBe(false);
    expect((await registry.call('GET', `used/blobs/${digest}`)).status).toBe(200);
    expect((await registry.call('GET', `used/manifests/${image}`)).status).toBe(200);
  });

  test('deletes untagged manifests where that is wanted; what is named by others, and what has a subject, stays', async () => {
    const driver = await memoryDriver();
    const registry = await startOci({ driver });
    const tagged = await pushImage(registry, 'r', 'v1');
    const subject = { mediaType: OCI_MANIFEST, digest: tagged.digest, size: tagged.content.length };
    const old = await pushImage(registry, 'r', 'v2');
    const next = await pushImage(registry, 'r', 'v2');
    const child = await pushImage(registry, 'r', 'child');
    const list = JSON.stringify({
      schemaVersion: 2,
      mediaType: OCI_INDEX,
      manifests: [{ mediaType: OCI_MANIFEST, digest: child.digest, size: child.content.length }],
    });
    await putManifest(registry, 'r', 'list', list, OCI_INDEX);
    await registry.call('DELETE', 'r/manifests/child');
    const signature = await pushImage(registry, 'r', 'sig', { subject });
    await registry.call('DELETE', 'r/manifests/sig');
    expect(await collect(driver)).toMatchObject({ manifests: 0, blobs: 0 });
    expect(await collect(driver, { deleteUntagged: true })).toMatchObject({ manifests: 1, blobs: 3 });
    const { manifests } = await readIndex(driver, 'r');
    expect(manifests.map(({ digest }) => digest).toSorted()).toEqual(
      [tagged.digest, next.digest, child.digest, digestOf(list), signature.digest].toSorted(),
    );
    expect(await isThere(driver, fileOf('r', old.digest))).toBe(false);
    expect(await collect(driver, { deleteUntagged: true })).toMatchObject({ manifests: 0, blobs: 0 });
  });

  test('keeps what other tools have named in their ways, and what their indexes lead to', async () => {
    const driver = await memoryDriver();
    const foreign = await createForeignLayout(driver, 'r');
    const [one, two] = [await foreign.addImage(), await foreign.addImage()];
    const top = await foreign.add(
      JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [two] }),
      OCI_INDEX,
    );
    const note = await foreign.add('a text', 'text/plain');
    await foreign.writeIndex({
      schemaVersion: 2,
      manifests: [named(one, 'docker.io/library/one:1.0'), named(top, 'multi'), note],
    });
    expect(await collect(driver, { deleteUntagged: true })).toMatchObject({ manifests: 0, blobs: 0 });
  });

  test('deletes nothing when a manifest or an index.json cannot be read', async () => {
    const driver = await memoryDriver();
    const registry = await startOci({ driver });
    const unused = await pushBlob(registry, 'a', bytes(64));
    const { digest } = await pushImage(registry, 'z', 'v1');
    const content = await driver.get(fileOf('z', digest));
    await driver.put(fileOf('z', digest), content.subarray(1));
    await expect(collect(driver)).rejects.toThrow(UnreadableManifestError);
    await driver.put(fileOf('z', digest), content);
    const index = await driver.get('/z/index.json');
    await driver.put('/z/index.json', index.subarray(1));
    await expect(collect(driver)).rejects.toMatchObject({ code: 'INTERNAL' });
    expect(await isThere(driver, fileOf('a', unused))).toBe(true);
    await driver.put('/z/index.json', index);
    expect(await collect(driver)).toMatchObject({ blobs: 1 });
  });
});

describe('a running registry over OCI image layouts', () => {
  test('collects its garbage; what is used stays', async () => {
    let unused = '';
    let image = '';
    const { registry, pass } = await collectingRegistry(
      async (each) => {
        unused = await pushBlob(each, 'a', bytes(64));
        ({ digest: image } = await pushImage(each, 'a', 'v1'));
      },
      {},
      'oci',
    );
    const passes = [await pass(), await pass()];
    expect(passes.reduce((sum, { blobs }) => sum + blobs, 0)).toBe(1);
    expect((await registry.call('HEAD', `a/blobs/${unused}`)).status).toBe(404);
    expect((await registry.call('GET', `a/manifests/${image}`)).status).toBe(200);
  });

  test('rescues what a HEAD has found', async () => {
    let unused = '';
    const collecting = await collectingRegistry(
      async (each) => {
        unused = await pushBlob(each, 'a', bytes(64));
      },
      {},
      'oci',
    );
    const { registry, store, pass } = collecting;
    await store.state(({ batch }) => batch !== undefined && batch.frozen === undefined);
    expect((await registry.call('HEAD', `a/blobs/${unused}`)).status).toBe(200);
    expect(await pass()).toMatchObject({ blobs: 0, candidates: 1 });
    expect((await registry.call('GET', `a/blobs/${unused}`)).status).toBe(200);
  });

  test('deletes untagged manifests with all that only they name', async () => {
    let first = '';
    let second = '';
    const { registry, pass } = await collectingRegistry(
      async (each) => {
        ({ digest: first } = await pushImage(each, 'a', 'v1'));
        ({ digest: second } = await pushImage(each, 'a', 'v1'));
      },
      { deleteUntagged: true },
      'oci',
    );
    const passes = [await pass(), await pass()];
    expect(passes.reduce((sum, { manifests }) => sum + manifests, 0)).toBe(1);
    expect(passes.reduce((sum, { blobs }) => sum + blobs, 0)).toBe(3);
    expect((await registry.call('GET', `a/manifests/${first}`)).status).toBe(404);
    expect((await registry.call('GET', `a/manifests/${second}`)).status).toBe(200);
  });
});
