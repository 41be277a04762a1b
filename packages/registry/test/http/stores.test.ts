import type { StorageDriver } from '@outrigger/driver';
import { listAll } from '@outrigger/driver';
import { describe, expect, test } from 'vitest';
import type { TestRegistry } from '../registry-fixture.js';
import {
  bytes,
  digestOf,
  errorCode,
  makeImage,
  memoryDriver,
  overrideDriver,
  pushBlob,
  putManifest,
  startRegistry,
  startUpload,
  withDigest,
} from '../registry-fixture.js';

interface Two {
  readonly registry: TestRegistry;
  readonly main: StorageDriver;
  readonly team: StorageDriver;
}

/** A registry with a store of its own for `team/a`, and one for `team/a/deep`. */
async function startWithStores(options: Parameters<typeof startRegistry>[0] = {}): Promise<Two> {
  const [main, team, deep] = await Promise.all([memoryDriver(), memoryDriver(), memoryDriver()]);
  const stores = [
    { prefix: 'team/a', driver: team },
    { prefix: 'team/a/deep', driver: deep },
  ];
  return { registry: await startRegistry({ driver: main, stores, ...options }), main, team };
}

async function hasBlob(driver: StorageDriver, digest: string): Promise<boolean> {
  const hex = digest.slice('sha256:'.length);
  const path = `/docker/registry/v2/blobs/sha256/${hex.slice(0, 2)}/${hex}/data`;
  return driver.stat(path).then(
    () => true,
    () => false,
  );
}

async function pushTagged(registry: TestRegistry, name: string): Promise<Buffer> {
  const image = await makeImage(registry, name);
  expect((await putManifest(registry, name, 'latest', image)).status).toBe(201);
  return image;
}

async function catalog(registry: TestRegistry, query = ''): Promise<readonly string[]> {
  const answer = await registry.call('GET', `_catalog${query}`);
  return ((await answer.json()) as { repositories: string[] }).repositories;
}

describe('stores for repositories below a prefix', () => {
  test('each has what belongs to it, and nothing else', async () => {
    const { registry, main, team } = await startWithStores();
    for (const [name, driver, other] of [
      ['team/a', team, main],
      ['team/a/app', team, main],
      ['team/ab', main, team],
      ['team', main, team],
      ['other/team/a', main, team],
    ] as const) {
      const image = await pushTagged(registry, name);
      expect(await hasBlob(driver, digestOf(image))).toBe(true);
      expect(await hasBlob(other, digestOf(image))).toBe(false);
      const pulled = await registry.call('GET', `${name}/manifests/latest`);
      expect(Buffer.from(await pulled.arrayBuffer())).toEqual(image);
    }
  });

  test('the longer prefix counts', async () => {
    const { registry, team } = await startWithStores();
    const digest = await pushBlob(registry, 'team/a/deep/app', bytes(10));
    expect(await hasBlob(team, digest)).toBe(false);
    expect((await registry.call('GET', `team/a/deep/app/blobs/${digest}`)).status).toBe(200);
  });

  test('an upload in pieces goes on in its store', async () => {
    const { registry, team } = await startWithStores();
    const content = bytes(1000);
    const begun = await startUpload(registry, 'team/a/app');
    const patched = await registry.call('PATCH', begun, { body: content.subarray(0, 600) });
    const location = patched.headers.get('location') ?? '';
    const end = await registry.call('PUT', withDigest(location, digestOf(content)), {
      body: content.subarray(600),
    });
    expect(end.status).toBe(201);
    expect(await hasBlob(team, digestOf(content))).toBe(true);
  });

  test('the catalog is one list, ordered and paged', async () => {
    const { registry } = await startWithStores();
    const names = ['a', 'team', 'team/a', 'team/a/app', 'team/a/deep', 'team/ab', 'z'];
    for (const name of names.toReversed()) await pushTagged(registry, name);
    expect(await catalog(registry)).toEqual(names);
    for (let at = 0; at < names.length; at++) {
      const last = at === 0 ? '' : `&last=${names[at - 1] ?? ''}`;
      expect(await catalog(registry, `?n=2${last}`)).toEqual(names.slice(at, at + 2));
    }
    const answer = await registry.call('GET', '_catalog?n=6');
    expect(answer.headers.get('link')).toContain('last=team');
  });

  test('what the main store has below a prefix is hidden', async () => {
    const { registry: alone, main } = await startWithStores({ stores: [] });
    await pushTagged(alone, 'team/a/app');
    await pushTagged(alone, 'b');
    const registry = await startRegistry({
      driver: main,
      stores: [{ prefix: 'team/a', driver: await memoryDriver() }],
    });
    expect(await catalog(registry)).toEqual(['b']);
    expect((await registry.call('GET', 'team/a/app/manifests/latest')).status).toBe(404);
  });

  test('settings of one store are its own', async () => {
    const driver = await memoryDriver();
    const stores = [{ prefix: 'fixed', driver, readOnly: true, deleteEnabled: false }];
    const { registry } = await startWithStores({ stores });
    expect((await registry.call('POST', 'fixed/app/blobs/uploads/')).status).toBe(405);
    const digest = await pushBlob(registry, 'free', bytes(10));
    expect((await registry.call('DELETE', `free/blobs/${digest}`)).status).toBe(202);
  });

  test('garbage and news of one store do not touch the other', async () => {
    const { registry, main, team } = await startWithStores();
    const content = bytes(10);
    const digest = await pushBlob(registry, 'b', content);
    await pushBlob(registry, 'team/a', content);
    await registry.call('DELETE', `b/blobs/${digest}`);
    expect((await registry.call('HEAD', `b/blobs/${digest}`)).status).toBe(404);
    expect((await registry.call('HEAD', `team/a/blobs/${digest}`)).status).toBe(200);
    expect([await hasBlob(main, digest), await hasBlob(team, digest)]).toEqual([true, true]);
  });
});

describe('a mount from another store', () => {
  const mount = (registry: TestRegistry, name: string, digest: string, from: string) =>
    registry.call('POST', `${name}/blobs/uploads/?mount=${digest}&from=${from}`);

  test('copies the blob', async () => {
    const { registry, team } = await startWithStores();
    for (const size of [0, 10, 3_000_000]) {
      const content = bytes(size);
      const digest = await pushBlob(registry, 'b', content);
      expect((await mount(registry, 'team/a', digest, 'b')).status).toBe(201);
      expect(await hasBlob(team, digest)).toBe(true);
      const pulled = await registry.call('GET', `team/a/blobs/${digest}`);
      expect(Buffer.from(await pulled.arrayBuffer()).equals(content)).toBe(true);
    }
  });

  test('copies with a driver whose writers are not isolated', async () => {
    const { capabilities, ...driver } = await memoryDriver();
    const { isolatedWriters: _, ...others } = capabilities;
    const plain = overrideDriver(driver as StorageDriver, { capabilities: others });
    const { registry } = await startWithStores({ stores: [{ prefix: 'plain', driver: plain }] });
    const content = bytes(100_000);
    const digest = await pushBlob(registry, 'b', content);
    expect((await mount(registry, 'plain/app', digest, 'b')).status).toBe(201);
    const pulled = await registry.call('GET', `plain/app/blobs/${digest}`);
    expect(Buffer.from(await pulled.arrayBuffer()).equals(content)).toBe(true);
  });

  test('copies nothing that the store has already', async () => {
    const main = await memoryDriver();
    let reads = 0;
    const counted = overrideDriver(main, {
      reader: (path, options) => {
        reads++;
        return main.reader(path, options);
      },
    });
    const { registry } = await startWithStores({ driver: counted });
    const content = bytes(100_000);
    const digest = await pushBlob(registry, 'b', content);
    await pushBlob(registry, 'team/a/one', content);
    expect((await mount(registry, 'team/a/two', digest, 'b')).status).toBe(201);
    expect(reads).toBe(0);
  });

  test('of what is not there is an upload', async () => {
    const { registry } = await startWithStores();
    expect((await mount(registry, 'team/a', digestOf('nothing'), 'b')).status).toBe(202);
    const digest = await pushBlob(registry, 'team/a/deep', bytes(10));
    expect((await mount(registry, 'b', digest, 'team/a')).status).toBe(202);
  });

  test('of what has rotted there is an upload, and nothing comes to be', async () => {
    const { registry, main, team } = await startWithStores();
    const content = bytes(100_000);
    const digest = await pushBlob(registry, 'b', content);
    for await (const { path } of files(main, '/docker/registry/v2/blobs'))
      await main.put(path, bytes(100_000));
    expect((await mount(registry, 'team/a', digest, 'b')).status).toBe(202);
    expect(await hasBlob(team, digest)).toBe(false);
    expect(registry.lines.join('\n')).toContain('does not match its digest');
  });

  test('is refused for a name that is none', async () => {
    const { registry } = await startWithStores();
    const answer = await mount(registry, 'team/a', digestOf('x'), 'No/Name');
    expect(await errorCode(answer)).toBe('NAME_INVALID');
  });
});

async function* files(driver: StorageDriver, directory: string): AsyncGenerator<{ path: string }> {
  for await (const { path, isDir } of listAll(driver, directory)) {
    if (isDir === true) yield* files(driver, path);
    else yield { path };
  }
}
