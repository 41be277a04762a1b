import type { StorageDriver } from '@outrigger/driver';
import { StorageError, isStorageError } from '@outrigger/driver';
import { expect, test } from 'vitest';
import type { Collected, Removal } from '../../src/index.js';
import { UnreadableManifestError, collectGarbage } from '../../src/index.js';
import type { TestRegistry } from '../registry-fixture.js';
import {
  OCI_INDEX,
  OCI_MANIFEST,
  bytes,
  digestOf,
  listPaths,
  memoryDriver,
  overrideDriver,
  pushBlob,
  pushImage,
  putManifest,
  startRegistry,
} from '../registry-fixture.js';

const ROOT = '/docker/registry/v2';
const DOCKER_MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';
const DOCKER_LIST = 'application/vnd.docker.distribution.manifest.list.v2+json';

interface Flags {
  readonly deleteUntagged?: boolean;
  readonly dryRun?: boolean;
  readonly removed?: Removal[];
}

function collect(driver: StorageDriver, flags: Flags = {}): Promise<Collected> {
  const { deleteUntagged = false, dryRun = false, removed } = flags;
  const listener = { removing: (what: Removal) => void removed?.push(what) };
  return collectGarbage({ driver, deleteUntagged, dryRun, listener });
}

/** The digests of all content. */
async function blobs(driver: StorageDriver): Promise<string[]> {
  const pattern = /\/blobs\/(sha\d+)\/..\/([0-9a-f]+)\/data$/;
  return (await listPaths(driver)).flatMap((path) => {
    const [, algorithm, hex] = pattern.exec(path) ?? [];
    return algorithm === undefined ? [] : [`${algorithm}:${String(hex)}`];
  });
}

async function revisions(driver: StorageDriver): Promise<string[]> {
  return (await listPaths(driver)).filter((path) => path.includes('/_manifests/revisions/'));
}

interface Image {
  readonly digest: string;
  readonly content: Buffer;
  readonly layers: string[];
  /** With the manifest and the config. */
  readonly all: string[];
}

interface ImageOptions {
  readonly tag?: string;
  readonly layers?: readonly Buffer[];
  readonly mediaType?: string;
  readonly fields?: Readonly<Record<string, unknown>>;
}

async function push(registry: TestRegistry, name: string, options: ImageOptions = {}): Promise<Image> {
  const { layers = [bytes(64), bytes(65)], mediaType = OCI_MANIFEST, fields } = options;
  const config = bytes(32);
  for (const blob of [...layers, config]) await pushBlob(registry, name, blob);
  const describe = (blob: Buffer, type: string) => ({
    mediaType: type,
    digest: digestOf(blob),
    size: blob.length,
  });
  const content = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType,
      config: describe(config, 'application/vnd.oci.image.config.v1+json'),
      layers: layers.map((layer) => describe(layer, 'application/vnd.oci.image.layer.v1.tar')),
      ...fields,
    }),
  );
  const digest = digestOf(content);
  const answer = await putManifest(registry, name, options.tag ?? digest, content, mediaType);
  if (answer.status !== 201) throw new Error(`${String(answer.status)} ${await answer.text()}`);
  const digests = layers.map((layer) => digestOf(layer));
  return { digest, content, layers: digests, all: [...digests, digestOf(config), digest] };
}

interface IndexOptions {
  readonly tag?: string;
  readonly mediaType?: string;
}

async function pushIndex(
  registry: TestRegistry,
  name: string,
  images: readonly Pick<Image, 'digest' | 'content'>[],
  { tag, mediaType = OCI_INDEX }: IndexOptions = {},
): Promise<{ digest: string; content: Buffer }> {
  const manifests = images.map(({ digest, content }) => ({
    mediaType: (JSON.parse(content.toString()) as { mediaType: string }).mediaType,
    digest,
    size: content.length,
  }));
  const content = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, manifests }));
  const digest = digestOf(content);
  const answer = await putManifest(registry, name, tag ?? digest, content, mediaType);
  if (answer.status !== 201) throw new Error(`${String(answer.status)} ${await answer.text()}`);
  return { digest, content };
}

async function deleteManifest(registry: TestRegistry, name: string, digest: string): Promise<void> {
  expect((await registry.call('DELETE', `${name}/manifests/${digest}`)).status).toBe(202);
}

const docker = { mediaType: DOCKER_MANIFEST };

// The cases of Distribution's garbagecollect_test.go, in its order.

test('nothing deleted: no effect', async () => {
  const registry = await startRegistry();
  const images = [await push(registry, 'palailogos', docker), await push(registry, 'palailogos', docker)];
  await push(registry, 'palailogos', docker);
  await pushIndex(registry, 'palailogos', images, { mediaType: DOCKER_LIST });
  const before = await listPaths(registry.driver);
  expect(await collect(registry.driver)).toMatchObject({ blobs: 0, bytes: 0, manifests: 0, links: 0 });
  expect(await listPaths(registry.driver)).toEqual(before);
});

test('with -m, what a tag has left goes; a dry run tells it and deletes nothing', async () => {
  const registry = await startRegistry();
  const first = await push(registry, 'a', { ...docker, tag: 'test' });
  const second = await push(registry, 'a', { ...docker, tag: 'test' });
  const before = await listPaths(registry.driver);
  const planned: Removal[] = [];
  const dry = await collect(registry.driver, { deleteUntagged: true, dryRun: true, removed: planned });
  expect(dry).toMatchObject({ blobs: 4, manifests: 1, links: 3 });
  expect(dry.bytes).toBeGreaterThan(32 + 64 + 65);
  expect(await listPaths(registry.driver)).toEqual(before);
  const done: Removal[] = [];
  expect(await collect(registry.driver, { deleteUntagged: true, removed: done })).toEqual(dry);
  expect(new Set(done.map((each) => JSON.stringify(each)))).toEqual(
    new Set(planned.map((each) => JSON.stringify(each))),
  );
  expect(new Set(await blobs(registry.driver))).toEqual(new Set(second.all));
  const left = (await listPaths(registry.driver)).join('\n');
  for (const digest of first.all) expect(left).not.toContain(digest.slice(7));
});

test('an index with a dangling child does not stop it, and keeps its other child', async () => {
  const registry = await startRegistry();
  const [one, two] = [await push(registry, 'a'), await push(registry, 'a')];
  const index = await pushIndex(registry, 'a', [one, two], { tag: 'test' });
  await deleteManifest(registry, 'a', two.digest);
  await collect(registry.driver, { deleteUntagged: true });
  // The dangling child's own bytes stay: the index names them.
  expect(new Set(await blobs(registry.driver))).toEqual(new Set([...one.all, index.digest, two.digest]));
  expect(await revisions(registry.driver)).toHaveLength(2);
});

test('an index that loses its tag goes with its children', async () => {
  const registry = await startRegistry();
  const images = [await push(registry, 'a'), await push(registry, 'a')];
  await pushIndex(registry, 'a', images, { tag: 'test' });
  const before = await listPaths(registry.driver);
  await collect(registry.driver, { deleteUntagged: true });
  expect(await listPaths(registry.driver)).toEqual(before);
  expect((await registry.call('DELETE', 'a/manifests/test')).status).toBe(202);
  await collect(registry.driver, { deleteUntagged: true });
  expect(await blobs(registry.driver)).toEqual([]);
  expect(await revisions(registry.driver)).toEqual([]);
});

test('links of layers that nothing uses go', async () => {
  const registry = await startRegistry();
  await push(registry, 'unusedlayerlink', docker);
  await collect(registry.driver, { deleteUntagged: true });
  expect((await listPaths(registry.driver)).filter((path) => path.includes('/_layers/'))).toEqual([]);
});

test('a repository without a directory of tags is tolerated', async () => {
  const registry = await startRegistry();
  await push(registry, 'nonexistentrepo', { ...docker, tag: 'image' });
  await registry.driver.delete(`${ROOT}/repositories/nonexistentrepo/_manifests/tags`);
  await collect(registry.driver, { deleteUntagged: true });
  expect(await blobs(registry.driver)).toEqual([]);
});

test('a repository without _manifests is tolerated', async () => {
  const registry = await startRegistry();
  await push(registry, 'testrepo', docker);
  await registry.driver.delete(`${ROOT}/repositories/testrepo/_manifests`);
  await collect(registry.driver);
  expect(await blobs(registry.driver)).toEqual([]);
});

test('what deleted manifests named goes, and nothing else', async () => {
  const registry = await startRegistry();
  const one = await push(registry, 'komnenos', docker);
  for (let count = 0; count < 2; count++) {
    const { digest } = await push(registry, 'komnenos', docker);
    await deleteManifest(registry, 'komnenos', digest);
  }
  expect(await collect(registry.driver)).toMatchObject({ blobs: 8, manifests: 0, links: 6 });
  expect(new Set(await blobs(registry.driver))).toEqual(new Set(one.all));
});

test('a layer that another image shares stays', async () => {
  const registry = await startRegistry();
  const shared = bytes(100);
  const one = await push(registry, 'tzimiskes', { ...docker, layers: [shared, bytes(64)] });
  const two = await push(registry, 'tzimiskes', { ...docker, layers: [bytes(64), shared] });
  await deleteManifest(registry, 'tzimiskes', two.digest);
  await collect(registry.driver);
  expect(new Set(await blobs(registry.driver))).toEqual(new Set(one.all));
});

test('a blob without a manifest goes', async () => {
  const registry = await startRegistry();
  const orphan = await pushBlob(registry, 'michael_z_doukas', bytes(64));
  const image = await push(registry, 'michael_z_doukas', docker);
  await collect(registry.driver);
  expect(await blobs(registry.driver)).not.toContain(orphan);
  expect(new Set(await blobs(registry.driver))).toEqual(new Set(image.all));
});

test.each([
  ['a tagged list keeps untagged manifests', 'test', 9],
  ['an untagged list goes with its untagged manifests', undefined, 0],
])('%s', async (_what, tag, left) => {
  const registry = await startRegistry();
  const images = [await push(registry, 'foo/list', docker), await push(registry, 'foo/list', docker)];
  await pushIndex(registry, 'foo/list', images, { tag, mediaType: DOCKER_LIST });
  await collect(registry.driver, { deleteUntagged: true });
  expect(await blobs(registry.driver)).toHaveLength(left);
});

test('a manifest of which a crash has left the directory alone goes with what it names', async () => {
  const registry = await startRegistry();
  const { driver } = registry;
  await push(registry, 'a');
  const [link = ''] = (await revisions(driver)).filter((path) => path.endsWith('/link'));
  await driver.put(link.replace(/link$/, 'link.1.tmp'), Buffer.from('sha256:'));
  await driver.delete(link);
  await collect(driver);
  expect(await blobs(driver)).toEqual([]);
});

test('an untagged list goes, its tagged manifests stay', async () => {
  const registry = await startRegistry();
  const images = [
    await push(registry, 'foo/list', { ...docker, tag: 'image1' }),
    await push(registry, 'foo/list', { ...docker, tag: 'image2' }),
  ];
  await pushIndex(registry, 'foo/list', images, { mediaType: DOCKER_LIST });
  await collect(registry.driver, { deleteUntagged: true });
  expect(new Set(await blobs(registry.driver))).toEqual(new Set(images.flatMap(({ all }) => all)));
});

test('a list whose manifests are deleted, and that no tag names, goes', async () => {
  const registry = await startRegistry();
  const images = [await push(registry, 'a', docker), await push(registry, 'a', docker)];
  await pushIndex(registry, 'a', images, { mediaType: DOCKER_LIST });
  for (const { digest } of images) await deleteManifest(registry, 'a', digest);
  await collect(registry.driver, { deleteUntagged: true });
  expect(await blobs(registry.driver)).toEqual([]);
});

// What Distribution does otherwise, or not at all.

test('an index below an index keeps what it names', async () => {
  const registry = await startRegistry();
  const image = await push(registry, 'a');
  const inner = await pushIndex(registry, 'a', [image]);
  const outer = await pushIndex(registry, 'a', [inner], { tag: 'all' });
  await collect(registry.driver, { deleteUntagged: true });
  const wanted = new Set([...image.all, inner.digest, outer.digest]);
  expect(new Set(await blobs(registry.driver))).toEqual(wanted);
});

test('referrers of what stays stay, also their own, with -m too; those of what goes go with -m', async () => {
  const registry = await startRegistry();
  const refer = async (subject: Image) =>
    push(registry, 'a', {
      fields: { subject: { mediaType: OCI_MANIFEST, digest: subject.digest, size: subject.content.length } },
    });
  const image = await push(registry, 'a', { tag: 'v1' });
  const signature = await refer(image);
  const ofSignature = await refer(signature);
  const other = await push(registry, 'a');
  const left = await refer(other);
  await collect(registry.driver);
  expect(await blobs(registry.driver)).toHaveLength(20);
  await deleteManifest(registry, 'a', other.digest);
  await collect(registry.driver);
  expect(await blobs(registry.driver)).toEqual(expect.arrayContaining(left.all));
  await collect(registry.driver, { deleteUntagged: true });
  const wanted = new Set([...image.all, ...signature.all, ...ofSignature.all]);
  expect(new Set(await blobs(registry.driver))).toEqual(wanted);
  const entries = (await listPaths(registry.driver)).filter((path) =>
    path.includes('/_outrigger/referrers/'),
  );
  expect(entries).toHaveLength(2);
});

test('entries of the referrers index that another registry has made stale go', async () => {
  const registry = await startRegistry();
  const image = await push(registry, 'a', { tag: 'v1' });
  const subject = { mediaType: OCI_MANIFEST, digest: image.digest, size: image.content.length };
  const { digest } = await push(registry, 'a', { fields: { subject } });
  await registry.driver.delete(`${ROOT}/repositories/a/_manifests/revisions/sha256/${digest.slice(7)}`);
  expect(await collect(registry.driver)).toMatchObject({ referrers: 1 });
  const entries = (await listPaths(registry.driver)).filter((path) =>
    path.includes('/_outrigger/referrers/'),
  );
  expect(entries).toEqual([]);
});

test('sha512: content under its own digest, and what Distribution keeps under sha256', async () => {
  const registry = await startRegistry();
  const layer = bytes(64);
  const own = digestOf(layer, 'sha512');
  const answer = await registry.call('POST', `a/blobs/uploads/?digest=${own}`, { body: layer });
  expect(answer.status).toBe(201);
  const theirs = bytes(65);
  const stored = await pushBlob(registry, 'b', theirs);
  const named = digestOf(theirs, 'sha512');
  const link = `${ROOT}/repositories/a/_layers/sha512/${named.slice(7)}/link`;
  await registry.driver.put(link, Buffer.from(stored));
  const layers = [own, named].map((digest, index) => ({
    mediaType: 'application/vnd.oci.image.layer.v1.tar',
    digest,
    size: 64 + index,
  }));
  await pushImage(registry, 'a', 'v1', { layers });
  const orphan = digestOf('orphan', 'sha512');
  await registry.call('POST', `a/blobs/uploads/?digest=${orphan}`, { body: 'orphan' });
  await collect(registry.driver);
  const left = await blobs(registry.driver);
  expect(left).toEqual(expect.arrayContaining([own, stored]));
  expect(left).not.toContain(orphan);
  expect((await registry.call('GET', `a/blobs/${named}`)).status).toBe(200);
});

test('schema 1 of old stores keeps its layers', async () => {
  const registry = await startRegistry();
  const layer = await pushBlob(registry, 'old', bytes(64));
  const content = Buffer.from(JSON.stringify({ schemaVersion: 1, fsLayers: [{ blobSum: layer }] }));
  const digest = digestOf(content);
  const hex = digest.slice(7);
  await registry.driver.put(`${ROOT}/blobs/sha256/${hex.slice(0, 2)}/${hex}/data`, content);
  await registry.driver.put(
    `${ROOT}/repositories/old/_manifests/revisions/sha256/${hex}/link`,
    Buffer.from(digest),
  );
  await collect(registry.driver);
  expect(new Set(await blobs(registry.driver))).toEqual(new Set([layer, digest]));
});

test('a blob that an index names, as build caches do, stays', async () => {
  const registry = await startRegistry({ references: 'none' });
  const cache = await pushBlob(registry, 'a', bytes(100_000));
  const content = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: OCI_INDEX,
      manifests: [{ mediaType: 'application/vnd.oci.image.layer.v1.tar', digest: cache, size: 100_000 }],
    }),
  );
  expect((await putManifest(registry, 'a', 'cache', content, OCI_INDEX)).status).toBe(201);
  await collect(registry.driver, { deleteUntagged: true });
  expect(await blobs(registry.driver)).toContain(cache);
});

test('a repository that uses what another one has pushed keeps it', async () => {
  const registry = await startRegistry({ anonymousMount: true });
  const shared = bytes(64);
  const one = await push(registry, 'a', { layers: [shared] });
  const two = await push(registry, 'b', { layers: [shared] });
  await deleteManifest(registry, 'a', one.digest);
  await collect(registry.driver);
  expect(new Set(await blobs(registry.driver))).toEqual(new Set(two.all));
});

test('uploads in progress are left alone', async () => {
  const registry = await startRegistry();
  const answer = await registry.call('POST', 'a/blobs/uploads/');
  await registry.call('PATCH', answer.headers.get('location') ?? '', { body: 'some bytes' });
  const before = await listPaths(registry.driver);
  await collect(registry.driver, { deleteUntagged: true });
  expect(await listPaths(registry.driver)).toEqual(before);
});

// Fail closed.

async function expectNothingDeleted(
  driver: StorageDriver,
  failing: StorageDriver,
  fault: unknown,
): Promise<void> {
  const before = await listPaths(driver);
  await expect(collect(failing, { deleteUntagged: true })).rejects.toSatisfy((error: unknown) =>
    fault === undefined ? isStorageError(error) : error instanceof UnreadableManifestError,
  );
  expect(await listPaths(driver)).toEqual(before);
}

async function storeWithGarbage(): Promise<{ registry: TestRegistry; image: Image }> {
  const registry = await startRegistry();
  const image = await push(registry, 'a', { tag: 'v1' });
  await pushBlob(registry, 'a', bytes(64));
  return { registry, image };
}

test.each([
  ['is gone', undefined],
  ['is empty', ''],
  ['is cut off', '{"schemaVersion": 2, "layers": ['],
  ['is of another digest', '{"schemaVersion": 2}'],
])('a manifest that %s: nothing is deleted', async (_what, content) => {
  const { registry, image } = await storeWithGarbage();
  const hex = image.digest.slice(7);
  const path = `${ROOT}/blobs/sha256/${hex.slice(0, 2)}/${hex}/data`;
  if (content === undefined) await registry.driver.delete(path);
  else await registry.driver.put(path, Buffer.from(content));
  await expectNothingDeleted(registry.driver, registry.driver, UnreadableManifestError);
});

test.each(['list', 'get', 'walk'] as const)(
  'a driver that fails in %s: nothing is deleted',
  async (method) => {
    const { registry } = await storeWithGarbage();
    const { driver } = registry;
    const fail = () => driver.get('/nothing-is-here').catch(() => Promise.reject(unavailable()));
    await expectNothingDeleted(driver, overrideDriver(driver, { [method]: fail }), undefined);
  },
);

function unavailable(): Error {
  return new StorageError('UNAVAILABLE', 'the disk array does not answer');
}

test('a driver that cannot walk: the same result', async () => {
  const { registry, image } = await storeWithGarbage();
  const plain = overrideDriver(registry.driver, { capabilities: {} });
  expect(await collect(plain)).toMatchObject({ blobs: 1, bytes: 64, links: 1 });
  expect(new Set(await blobs(registry.driver))).toEqual(new Set(image.all));
});

test('an empty store', async () => {
  expect(await collect(await memoryDriver())).toMatchObject({ marked: 0, blobs: 0, bytes: 0, manifests: 0 });
});
