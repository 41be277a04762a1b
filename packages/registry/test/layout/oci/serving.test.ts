import { describe, expect, test } from 'vitest';
import { ALWAYS_ALONE } from '../../../src/replicas/presence.js';
import {
  OCI_INDEX,
  OCI_MANIFEST,
  bytes,
  digestOf,
  errorCode,
  header,
  makeImage,
  pushBlob,
  pushImage,
  putManifest,
  startUpload,
  withDigest,
} from '../../registry-fixture.js';
import {
  REF_NAME,
  createForeignLayout,
  isThere,
  memoryDriver,
  named,
  readIndex,
  readText,
  startOci,
} from './oci-fixture.js';

const MEMORY = { 'asking the store': {}, remembering: { presence: ALWAYS_ALONE } };

describe.each(Object.entries(MEMORY))('a registry over OCI image layouts, %s', (_how, options) => {
  test('keeps each repository as one layout, and nothing else in it', async () => {
    const registry = await startOci(options);
    const { content, digest } = await pushImage(registry, 'team/app', 'v1');
    const { driver } = registry;
    expect(JSON.parse(await readText(driver, '/team/app/oci-layout'))).toEqual({
      imageLayoutVersion: '1.0.0',
    });
    expect(await readIndex(driver, 'team/app')).toEqual({
      schemaVersion: 2,
      mediaType: OCI_INDEX,
      manifests: [
        { mediaType: OCI_MANIFEST, digest, size: content.length, annotations: { [REF_NAME]: 'v1' } },
      ],
    });
    expect(await readText(driver, `/team/app/blobs/${digest.replace(':', '/')}`)).toBe(content.toString());
    const { entries } = await driver.list('/team/app');
    expect(entries.map(({ path }) => path)).toEqual([
      '/team/app/blobs',
      '/team/app/index.json',
      '/team/app/oci-layout',
    ]);
    expect(await isThere(driver, '/docker')).toBe(false);
  });

  test('serves what it was given', async () => {
    const registry = await startOci(options);
    const { content, digest } = await pushImage(registry, 'r', 'v1');
    for (const reference of ['v1', digest]) {
      const answer = await registry.call('GET', `r/manifests/${reference}`);
      expect(answer.headers.get('content-type')).toBe(OCI_MANIFEST);
      expect(answer.headers.get('docker-content-digest')).toBe(digest);
      expect(await answer.text()).toBe(content.toString());
    }
    expect(await (await registry.call('GET', 'r/tags/list')).json()).toEqual({ name: 'r', tags: ['v1'] });
    expect(await (await registry.call('GET', '_catalog')).json()).toEqual({ repositories: ['r'] });
    expect((await registry.call('GET', 'r/manifests/v2')).status).toBe(404);
    expect((await registry.call('GET', 'other/manifests/v1')).status).toBe(404);
    expect((await registry.call('HEAD', `other/manifests/${digest}`)).status).toBe(404);
    expect(await errorCode(await registry.call('GET', 'other/tags/list'))).toBe('NAME_UNKNOWN');
  });

  test('takes blobs in one request, in chunks and by mounts, into the layout of their repository', async () => {
    const registry = await startOci(options);
    const small = await pushBlob(registry, 'a', bytes(100));
    const content = bytes(100_000);
    const digest = digestOf(content);
    const patched = await registry.call('PATCH', await startUpload(registry, 'a'), {
      body: content.subarray(0, 60_000),
    });
    const last = withDigest(header(patched, 'location'), digest);
    expect((await registry.call('PUT', last, { body: content.subarray(60_000) })).status).toBe(201);
    const mount = (from: string) =>
      registry.call('POST', `b/blobs/uploads/?mount=${digest}&from=${from}`).then(({ status }) => status);
    expect(await mount('nobody')).toBe(202);
    expect(await mount('a')).toBe(201);
    for (const name of ['a', 'b'])
      expect(
        Buffer.from(await (await registry.call('GET', `${name}/blobs/${digest}`)).arrayBuffer()),
      ).toEqual(content);
    // Content of one repository is no other's.
    expect((await registry.call('GET', `b/blobs/${small}`)).status).toBe(404);
    expect((await registry.call('HEAD', `b/blobs/${small}`)).status).toBe(404);
    expect((await registry.call('DELETE', `a/blobs/${digest}`)).status).toBe(202);
    expect((await registry.call('GET', `a/blobs/${digest}`)).status).toBe(404);
    expect((await registry.call('GET', `b/blobs/${digest}`)).status).toBe(200);
  });

  test('moves tags, and keeps what they named', async () => {
    const registry = await startOci(options);
    const first = await pushImage(registry, 'r', 'latest');
    const second = await pushImage(registry, 'r', 'latest');
    await putManifest(registry, 'r', 'stable', second.content);
    const { manifests } = await readIndex(registry.driver, 'r');
    expect(manifests.map(({ digest, annotations }) => [digest, annotations?.[REF_NAME]])).toEqual([
      [first.digest, undefined],
      [second.digest, 'latest'],
      [second.digest, 'stable'],
    ]);
    expect((await registry.call('GET', `r/manifests/${first.digest}`)).status).toBe(200);
    // A name for what has none takes no second descriptor.
    await putManifest(registry, 'r', 'old', first.content);
    expect((await readIndex(registry.driver, 'r')).manifests).toHaveLength(3);
  });

  test('deletes tags, manifests with their tags, and blobs', async () => {
    const registry = await startOci(options);
    const { digest, content } = await pushImage(registry, 'r', 'v1');
    await putManifest(registry, 'r', 'v2', content);
    expect((await registry.call('DELETE', 'r/manifests/v1')).status).toBe(202);
    expect((await registry.call('DELETE', 'r/manifests/v1')).status).toBe(404);
    expect((await registry.call('GET', 'r/manifests/v2')).status).toBe(200);
    expect((await registry.call('DELETE', 'r/manifests/v2')).status).toBe(202);
    expect((await registry.call('GET', `r/manifests/${digest}`)).status).toBe(200);
    await putManifest(registry, 'r', 'v3', content);
    // A manifest is no blob that could be deleted from under its tags.
    expect((await registry.call('DELETE', `r/blobs/${digest}`)).status).toBe(404);
    expect((await registry.call('DELETE', `r/manifests/${digest}`)).status).toBe(202);
    expect((await registry.call('GET', 'r/manifests/v3')).status).toBe(404);
    expect((await registry.call('GET', `r/manifests/${digest}`)).status).toBe(404);
    expect(await (await registry.call('GET', 'r/tags/list')).json()).toEqual({ name: 'r', tags: [] });
    expect((await readIndex(registry.driver, 'r')).manifests).toEqual([]);
  });

  test('sets several tags with one write', async () => {
    const registry = await startOci(options);
    const content = await makeImage(registry, 'r');
    const answer = await putManifest(registry, 'r', `${digestOf(content)}?tag=a&tag=b&tag=c`, content);
    expect(answer.headers.get('oci-tag')).toBe('a, b, c');
    expect(await (await registry.call('GET', 'r/tags/list?n=2')).json()).toEqual({
      name: 'r',
      tags: ['a', 'b'],
    });
  });

  test('lists referrers, also those that another tool adds while it runs', async () => {
    const registry = await startOci(options);
    const { digest, content } = await pushImage(registry, 'r', 'v1');
    const subject = { mediaType: OCI_MANIFEST, digest, size: content.length };
    const list = async () => {
      const answer = await registry.call('GET', `r/referrers/${digest}`);
      return ((await answer.json()) as { manifests: { digest: string }[] }).manifests.map(
        (each) => each.digest,
      );
    };
    expect(await list()).toEqual([]);
    const own = await pushImage(registry, 'r', 'sig', { subject, artifactType: 'application/x.sig' });
    expect(await list()).toEqual([own.digest]);
    const foreign = await createForeignLayout(registry.driver, 'r');
    const other = await foreign.addImage({ subject });
    const index = await readIndex(registry.driver, 'r');
    await foreign.writeIndex({ ...index, manifests: [...index.manifests, other] });
    expect((await list()).toSorted()).toEqual([own.digest, other.digest].toSorted());
    expect((await registry.call('DELETE', `r/manifests/${own.digest}`)).status).toBe(202);
    expect(await list()).toEqual([other.digest]);
  });
});

describe('names', () => {
  test('that would lie in the layout of another repository are refused with a reason', async () => {
    const registry = await startOci();
    for (const name of ['a/blobs', 'index.json', 'a/oci-layout/b', 'docker/registry/v2/repositories']) {
      const answer = await registry.call('POST', `${name}/blobs/uploads/`);
      expect(answer.status).toBe(400);
      expect(await errorCode(answer)).toBe('NAME_INVALID');
    }
  });

  test('may lie below each other', async () => {
    const registry = await startOci();
    await pushImage(registry, 'a/b', 'v1');
    await pushImage(registry, 'a', 'v1');
    await pushImage(registry, 'a-b', 'v1');
    expect(await (await registry.call('GET', '_catalog')).json()).toEqual({
      repositories: ['a', 'a/b', 'a-b'],
    });
    expect(await (await registry.call('GET', '_catalog?last=a&n=1')).json()).toEqual({
      repositories: ['a/b'],
    });
  });

  test('of directories that are no repositories are passed over', async () => {
    const driver = await memoryDriver();
    const registry = await startOci({ driver });
    const foreign = await createForeignLayout(driver, 'Upper');
    await foreign.writeIndex({ schemaVersion: 2, manifests: [named(await foreign.addImage(), 'v1')] });
    await driver.put('/Lost.Found/index.json/x', Buffer.from('x'));
    await driver.put('/notes/readme.txt', Buffer.from('x'));
    expect(await (await registry.call('GET', '_catalog')).json()).toEqual({ repositories: [] });
  });
});
