import { describe, expect, test } from 'vitest';
import { ALWAYS_ALONE } from '../../../src/replicas/presence.js';
import { OCI_INDEX, pushImage, startRegistry } from '../../registry-fixture.js';
import {
  createForeignLayout,
  isThere,
  memoryDriver,
  named,
  readIndex,
  readText,
  startOci,
} from './oci-fixture.js';

describe('a layout that another tool has made', () => {
  test('is served as it is, and changed without losing anything of it', async () => {
    const driver = await memoryDriver();
    const foreign = await createForeignLayout(driver, 'r');
    const [one, two, three] = [await foreign.addImage(), await foreign.addImage(), await foreign.addImage()];
    const kept = [
      { ...named(one, 'docker.io/library/one:1.0'), platform: { os: 'linux', architecture: 'arm64' } },
      { ...named(two, 'two'), 'x.future': { deep: [1, null] } },
      { ...three, annotations: { 'org.example.note': 'no name' } },
      { mediaType: 'application/x', digest: 'blake3:abcd', size: 4 },
    ];
    const fields = { schemaVersion: 2, annotations: { a: 'b' }, 'x.more': true };
    await foreign.writeIndex({ ...fields, manifests: kept, after: 'the list' });
    const registry = await startOci({ driver, presence: ALWAYS_ALONE });
    expect(await (await registry.call('GET', 'r/tags/list')).json()).toEqual({ name: 'r', tags: ['two'] });
    for (const { digest } of [one, two, three])
      expect((await registry.call('GET', `r/manifests/${digest}`)).status).toBe(200);
    const { digest } = await pushImage(registry, 'r', 'mine');
    const index = await readIndex(driver, 'r');
    expect(index.manifests.slice(0, 4)).toEqual(kept);
    expect(index.manifests.at(4)?.digest).toBe(digest);
    expect(index).toMatchObject({ ...fields, after: 'the list' });
    expect(Object.keys(index)).toEqual(['schemaVersion', 'annotations', 'x.more', 'manifests', 'after']);
    expect((await registry.call('DELETE', 'r/manifests/two')).status).toBe(202);
    const { manifests } = await readIndex(driver, 'r');
    expect(manifests[1]).toEqual({ ...two, 'x.future': { deep: [1, null] } });
  });

  test('lists an image for several platforms only, and the images in it are served', async () => {
    const driver = await memoryDriver();
    const foreign = await createForeignLayout(driver, 'r');
    const images = [await foreign.addImage(), await foreign.addImage()];
    const nested = await foreign.add(
      JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [images[1]] }),
      OCI_INDEX,
    );
    const missing = { mediaType: OCI_INDEX, digest: `sha256:${'0'.repeat(64)}`, size: 2 };
    const top = await foreign.add(
      JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [images[0], nested, missing] }),
      OCI_INDEX,
    );
    await foreign.writeIndex({ schemaVersion: 2, manifests: [named(top, 'multi')] });
    const registry = await startOci({ driver });
    for (const { digest } of [...images, nested, top])
      expect((await registry.call('GET', `r/manifests/${digest}`)).status).toBe(200);
    expect((await registry.call('GET', `r/manifests/${missing.digest}`)).status).toBe(404);
    const [image] = images;
    expect((await registry.call('DELETE', `r/manifests/${String(image?.digest)}`)).status).toBe(202);
    expect((await registry.call('GET', `r/manifests/${String(image?.digest)}`)).status).toBe(404);
    expect((await registry.call('GET', 'r/manifests/multi')).status).toBe(200);
  });

  test('of several descriptors with one name the last counts, and a push leaves one', async () => {
    const driver = await memoryDriver();
    const foreign = await createForeignLayout(driver, 'r');
    const [one, two] = [await foreign.addImage(), await foreign.addImage()];
    await foreign.writeIndex({ schemaVersion: 2, manifests: [named(one, 'v'), named(two, 'v')] });
    const registry = await startOci({ driver });
    const answer = await registry.call('HEAD', 'r/manifests/v');
    expect(answer.headers.get('docker-content-digest')).toBe(two.digest);
    const { digest } = await pushImage(registry, 'r', 'v');
    expect((await readIndex(driver, 'r')).manifests).toEqual([one, two, expect.objectContaining({ digest })]);
  });

  test('that is changed while the registry runs is seen at once, and never written from memory', async () => {
    const driver = await memoryDriver();
    const registry = await startOci({ driver, presence: ALWAYS_ALONE });
    await pushImage(registry, 'r', 'first');
    expect((await registry.call('GET', 'r/manifests/first')).status).toBe(200);
    const foreign = await createForeignLayout(driver, 'r');
    const image = await foreign.addImage();
    const before = await readIndex(driver, 'r');
    await foreign.writeIndex({ ...before, manifests: [...before.manifests, named(image, 'theirs')] });
    expect((await registry.call('GET', 'r/manifests/theirs')).status).toBe(200);
    await foreign.writeIndex({ ...before, manifests: [...before.manifests, named(image, 'again')] });
    await pushImage(registry, 'r', 'second');
    const tags = await (await registry.call('GET', 'r/tags/list')).json();
    expect(tags).toEqual({ name: 'r', tags: ['again', 'first', 'second'] });
  });

  test('without oci-layout is served, and has it after the first push', async () => {
    const driver = await memoryDriver();
    const foreign = await createForeignLayout(driver, 'r', { withLayoutFile: false });
    await foreign.writeIndex({ schemaVersion: 2, manifests: [named(await foreign.addImage(), 'v1')] });
    const registry = await startOci({ driver });
    expect((await registry.call('GET', 'r/manifests/v1')).status).toBe(200);
    expect(await (await registry.call('GET', '_catalog')).json()).toEqual({ repositories: ['r'] });
    expect(await isThere(driver, '/r/oci-layout')).toBe(false);
    await pushImage(registry, 'r', 'v2');
    expect(JSON.parse(await readText(driver, '/r/oci-layout'))).toEqual({ imageLayoutVersion: '1.0.0' });
  });

  test('whose content is gone answers 404', async () => {
    const driver = await memoryDriver();
    const foreign = await createForeignLayout(driver, 'r');
    const image = await foreign.addImage();
    await foreign.writeIndex({ schemaVersion: 2, manifests: [named(image, 'v1')] });
    await driver.delete(`/r/blobs/${image.digest.replace(':', '/')}`);
    const registry = await startOci({ driver });
    for (const reference of ['v1', image.digest])
      expect((await registry.call('GET', `r/manifests/${reference}`)).status).toBe(404);
  });
});

describe.each([
  ['cut short', '{"schemaVersion":2,"manifests":[{"medi'],
  ['no JSON', 'hello'],
  ['no object', '[]'],
  ['of another schema', '{"schemaVersion":1,"manifests":[]}'],
  ['without descriptors', '{"schemaVersion":2,"manifests":["a"]}'],
  ['with something that is no list', '{"schemaVersion":2,"manifests":{}}'],
])('an index.json that is %s', (_how, text) => {
  test('is told of, and never overwritten; other repositories go on', async () => {
    const driver = await memoryDriver();
    const registry = await startOci({ driver });
    const { content } = await pushImage(registry, 'broken', 'v1');
    await pushImage(registry, 'whole', 'v1');
    await driver.put('/broken/index.json', Buffer.from(text));
    expect((await registry.call('GET', 'broken/manifests/v1')).status).toBe(503);
    expect((await registry.call('GET', 'broken/tags/list')).status).toBe(503);
    const push = await registry.call('PUT', 'broken/manifests/v2', {
      body: content,
      headers: { 'Content-Type': 'application/vnd.oci.image.manifest.v1+json' },
    });
    expect(push.status).toBe(503);
    expect(await readText(driver, '/broken/index.json')).toBe(text);
    expect((await registry.call('GET', 'whole/manifests/v1')).status).toBe(200);
    expect(await (await registry.call('GET', '_catalog')).json()).toEqual({
      repositories: ['broken', 'whole'],
    });
    expect(registry.lines.some((line) => line.includes('the index.json of a repository is broken'))).toBe(
      true,
    );
  });
});

test('the two layouts do not meet on one store', async () => {
  const driver = await memoryDriver();
  const [distribution, oci] = [await startRegistry({ driver }), await startOci({ driver })];
  await pushImage(distribution, 'r', 'v1');
  expect((await oci.call('GET', 'r/manifests/v1')).status).toBe(404);
});
