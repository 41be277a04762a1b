import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'vitest';
import { describe, expect, test } from 'vitest';
import { takeInventory } from '../distribution/inventory.js';
import type { Account } from '../harness/client.js';
import { testAccount } from '../harness/client.js';
import { request } from '../harness/http.js';
import { createImages, writeLayout } from '../harness/images.js';
import { expectImages, topDigests } from '../harness/layout-check.js';
import { pushImages, tagDigest } from '../harness/push-images.js';
import type { RunningRegistry } from '../harness/start-registry.js';
import { testRegistry } from '../harness/start-registry.js';
import { temporaryDirectory } from '../harness/temporary-directory.js';
import { useTool } from '../harness/tool.js';
import { outrigger, writeConfig } from './command.js';

const images = createImages();

interface Workbench extends Account {
  /** An empty store. */
  readonly store: string;
  /** The configuration of it. */
  readonly config: string;
}

/** An account with a layout of the images, `layout`. */
async function workbench(): Promise<Workbench> {
  const account = await testAccount();
  await writeLayout(join(account.home, 'layout'), images);
  const store = await temporaryDirectory();
  return { ...account, store, config: await writeConfig({ filesystem: { rootdirectory: store } }) };
}

/** Writes the multi-arch image as the layout `<home>/made`, from the layout `<home>/layout`. */
type Write = (context: TestContext, account: Account) => Promise<void>;

const WRITERS: Readonly<Record<string, Write>> = {
  'skopeo, a directory': async (context, { run }) => {
    await run(
      useTool(context, 'skopeo'),
      'copy',
      '--all',
      '--preserve-digests',
      'oci:layout:multi',
      'oci:made:v1',
    );
  },
  'skopeo, an archive': async (context, { run }) => {
    const copy = ['copy', '--all', '--preserve-digests', 'oci:layout:multi', 'oci-archive:made.tar:v1'];
    await run(useTool(context, 'skopeo'), ...copy);
  },
  'regctl, a directory': async (context, { run }) => {
    await run(useTool(context, 'regctl'), 'image', 'copy', 'ocidir://layout:multi', 'ocidir://made:v1');
  },
  'regctl, an archive': async (context, { run }) => {
    const tool = useTool(context, 'regctl');
    await run(tool, 'image', 'copy', 'ocidir://layout:multi', 'ocidir://between:v1');
    await run(tool, 'image', 'export', 'ocidir://between:v1', 'made.tar');
  },
  'oras, a directory': async (context, { run }) => {
    const tool = useTool(context, 'oras');
    await run(tool, 'cp', '--from-oci-layout', 'layout:multi', '--to-oci-layout', 'made:v1');
  },
};

describe('import', () => {
  test.for(Object.entries(WRITERS))('%s', async ([title, write], context) => {
    const { config, store, ...account } = await workbench();
    await write(context, account);
    const path = join(account.home, title.endsWith('archive') ? 'made.tar' : 'made');
    await outrigger('import', path, config, '--to', 'team/app:v1');
    const registry = await testRegistry({ store });
    expect(await tagDigest(registry, 'team/app', 'v1')).toBe(images.index.digest);
    const { 'team/app': found } = await takeInventory(registry.url);
    expect(Object.keys(found ?? {})).toEqual(expect.arrayContaining([...images.blobs.keys()]));
  });

  test('crane, which names no tag', async (context) => {
    const { config, store, home, run } = await workbench();
    const first = await testRegistry();
    await pushImages(first, 'a/b', images);
    await run(useTool(context, 'crane'), 'pull', '--format=oci', `${first.host}/a/b:multi`, 'made');
    await outrigger('import', join(home, 'made'), config, '--to', 'team/app:v1');
    const registry = await testRegistry({ store });
    expect(await tagDigest(registry, 'team/app', 'v1')).toBe(images.index.digest);
  });

  test('buildah', async (context) => {
    const { config, store, home, run } = await workbench();
    const tool = useTool(context, 'buildah');
    const storage = ['--root', join(home, 'root'), '--runroot', join(home, 'run'), '--storage-driver', 'vfs'];
    const container = await run(tool, ...storage, 'from', 'scratch');
    await run(tool, ...storage, 'config', '--label', 'made-by=buildah', container);
    await run(tool, ...storage, 'commit', container, 'oci:made:v1');
    await outrigger('import', join(home, 'made'), config);
    const registry = await testRegistry({ store });
    expect([await tagDigest(registry, 'made', 'v1')]).toEqual(await topDigests(join(home, 'made')));
    await takeInventory(registry.url);
  });

  test('a tree, while a registry serves the store: what is imported can be pulled at once', async () => {
    const { home, store, config } = await workbench();
    const registry = await testRegistry({ store });
    await pushImages(registry, 'there/before', images);
    expect(await status(registry, 'tree/my-app')).toBe(404);
    for (const path of ['team/app', 'team', 'My App']) {
      await mkdir(join(home, 'tree', path), { recursive: true });
      await writeLayout(join(home, 'tree', path), images);
    }
    await outrigger('import', join(home, 'tree'), config, '--to', 'tree', '--map', 'My App=my-app');
    for (const name of ['tree/team/app', 'tree/team', 'tree/my-app'])
      expect(await tagDigest(registry, name, 'multi')).toBe(images.index.digest);
    await takeInventory(registry.url);
  });
});

/** Whoever asks for a tag once may remember that it is not there. */
async function status({ url }: RunningRegistry, name: string): Promise<number> {
  return (await request(`${url}/v2/${name}/manifests/multi`, { headers: { accept: '*/*' } })).status;
}

/** Copies the image in the layout or archive `<home>/out`, and leaves it as the layout `<home>/back`. */
type Read = (context: TestContext, account: Account, registry: RunningRegistry) => Promise<void>;

const READERS: Readonly<Record<string, Read>> = {
  'skopeo, a directory': async (context, { run }) => {
    await run(useTool(context, 'skopeo'), 'copy', '--all', 'oci:out:multi', 'oci:back:multi');
  },
  'skopeo, an archive': async (context, { run }) => {
    await run(useTool(context, 'skopeo'), 'copy', '--all', 'oci-archive:out.tar:multi', 'oci:back:multi');
  },
  'regctl, a directory': async (context, { run }) => {
    await run(useTool(context, 'regctl'), 'image', 'copy', 'ocidir://out:multi', 'ocidir://back:multi');
  },
  'regctl, an archive': async (context, { run }) => {
    await run(useTool(context, 'regctl'), 'image', 'import', 'ocidir://back:multi', 'out.tar');
  },
  'oras, a directory': async (context, { run }) => {
    const tool = useTool(context, 'oras');
    await run(tool, 'cp', '--from-oci-layout', 'out:multi', '--to-oci-layout', 'back:multi');
  },
};

describe('export', () => {
  test.for(Object.entries(READERS))('%s', async ([title, read], context) => {
    const { config, store, ...account } = await workbench();
    const registry = await testRegistry({ store });
    await pushImages(registry, 'team/app', images);
    const path = join(account.home, title.endsWith('archive') ? 'out.tar' : 'out');
    await outrigger('export', 'team/app:multi', path, config);
    await read(context, account, registry);
    await expectImages(join(account.home, 'back'), [images.amd64, images.arm64]);
    expect(await topDigests(join(account.home, 'back'))).toContain(images.index.digest);
  });

  test('crane', async (context) => {
    const { config, store, home, run } = await workbench();
    const registry = await testRegistry({ store });
    await pushImages(registry, 'team/app', images);
    await outrigger('export', 'team/app:amd64', join(home, 'out'), config);
    await run(useTool(context, 'crane'), 'push', 'out', `${registry.host}/crane/app:v1`);
    expect(await tagDigest(registry, 'crane/app', 'v1')).toBe(images.amd64.manifest.digest);
  });
});
