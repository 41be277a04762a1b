import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'vitest';
import { expect, test } from 'vitest';
import type { Account } from '../harness/client.js';
import { testAccount } from '../harness/client.js';
import { request } from '../harness/http.js';
import { createImages, writeLayout } from '../harness/images.js';
import { expectImages } from '../harness/layout-check.js';
import { pushImages, tagDigest } from '../harness/push-images.js';
import type { RunningRegistry } from '../harness/start-registry.js';
import { testRegistry } from '../harness/start-registry.js';
import { useTool } from '../harness/tool.js';
import { expectStatus } from '../harness/upload.js';

const images = createImages();
const { digest: AMD64 } = images.amd64.manifest;
const SECTIONS = { outrigger: { profile: 'strict', layout: 'oci' } };

/** A tree of layouts, and a registry that serves it. */
async function serveTree(context: TestContext) {
  const account = await testAccount();
  const store = join(account.home, 'tree');
  await mkdir(join(store, 'team'), { recursive: true });
  await writeLayout(join(account.home, 'source'), images);
  const registry = await testRegistry({ store, sections: SECTIONS });
  const tool = (name: Parameters<typeof useTool>[1]) => useTool(context, name);
  return { account, store, registry, tool };
}

type Tree = Awaited<ReturnType<typeof serveTree>>;

/** How a tool makes a layout of an image in `source`, and reads the digest of a tag of a layout. */
interface LayoutTool {
  /** @returns the digest of what it has made, under the tag `made` */
  make(tree: Tree, layout: string): Promise<string | undefined>;
  digest(tree: Tree, layout: string, tag: string): Promise<string | undefined>;
}

const skopeo: LayoutTool = {
  async make({ account, tool }, layout) {
    await account.run(tool('skopeo'), 'copy', 'oci:source:amd64', `oci:${layout}:made`);
    return AMD64;
  },
  async digest({ account, tool }, layout, tag) {
    return account.run(tool('skopeo'), 'inspect', '--format', '{{.Digest}}', `oci:${layout}:${tag}`);
  },
};

const regctl: LayoutTool = {
  async make({ account, tool }, layout) {
    await account.run(tool('regctl'), 'image', 'copy', 'ocidir://source:amd64', `ocidir://${layout}:made`);
    return AMD64;
  },
  digest: ({ account, tool }, layout, tag) =>
    account.run(tool('regctl'), 'image', 'digest', `ocidir://${layout}:${tag}`),
};

const umoci: LayoutTool = {
  async make(tree, layout) {
    const { account, tool } = tree;
    await account.run(tool('umoci'), 'init', '--layout', layout);
    await account.run(tool('umoci'), 'new', '--image', `${layout}:made`);
    return namedIn(layout, 'made', account);
  },
  async digest({ account, tool }, layout, tag) {
    await account.run(tool('umoci'), 'stat', '--json', '--image', `${layout}:${tag}`);
    return namedIn(layout, tag, account);
  },
};

const oras: LayoutTool = {
  async make({ account, tool }, layout) {
    await writeFile(join(account.home, 'file'), 'some text');
    await account.run(tool('oras'), 'push', '--oci-layout', `${layout}:made`, 'file:text/plain');
    return namedIn(layout, 'made', account);
  },
  digest: ({ account, tool }, layout, tag) =>
    account.run(tool('oras'), 'resolve', '--oci-layout', `${layout}:${tag}`),
};

const TOOLS = { skopeo, regctl, umoci, oras };

async function namedIn(layout: string, tag: string, { home }: Account): Promise<string | undefined> {
  const { manifests } = JSON.parse(await readFile(join(home, layout, 'index.json'), 'utf8')) as {
    manifests: { digest: string; annotations?: Record<string, string> }[];
  };
  const named = manifests.filter(
    ({ annotations }) => annotations?.['org.opencontainers.image.ref.name'] === tag,
  );
  return named.at(-1)?.digest;
}

async function tagsOf({ url }: RunningRegistry, name: string): Promise<unknown> {
  const { body } = await expectStatus(200, request(`${url}/v2/${name}/tags/list`));
  return (JSON.parse(body.toString()) as { tags: unknown }).tags;
}

test.for(Object.entries(TOOLS))(
  'a layout that %s has made is served, pushed to, deleted from, and read back by it',
  async ([name, tool], context) => {
    const tree = await serveTree(context);
    const { account, registry } = tree;
    const repository = `team/${name}`;
    const layout = `tree/${repository}`;
    const made = await tool.make(tree, layout);
    expect(await tagsOf(registry, repository)).toEqual(['made']);
    expect(await tagDigest(registry, repository, 'made')).toBe(made);
    // Pulled by another tool, with all that is in it.
    const there = `docker://${registry.host}/${repository}`;
    const skopeoPath = tree.tool('skopeo');
    const plain = ['--src-tls-verify=false', '--dest-tls-verify=false'];
    await account.run(skopeoPath, 'copy', ...plain, `${there}:made`, 'dir:pulled');
    await account.run(skopeoPath, 'copy', ...plain, 'oci:source:arm64', `${there}:pushed`);
    expect(await tool.digest(tree, layout, 'pushed')).toBe(images.arm64.manifest.digest);
    expect(await tool.digest(tree, layout, 'made')).toBe(made);
    await expectImages(join(account.home, layout), [images.arm64]);
    await expectStatus(202, request(`${registry.url}/v2/${repository}/manifests/made`, { method: 'DELETE' }));
    expect(await namedIn(layout, 'made', account)).toBeUndefined();
    expect(await tagsOf(registry, repository)).toEqual(['pushed']);
    // What it makes now comes beside what was pushed.
    expect(await tool.make(tree, `${layout}/below`)).toBe(
      await tagDigest(registry, `${repository}/below`, 'made'),
    );
  },
);

test.for(Object.entries(TOOLS))(
  'what is pushed to the registry is read by %s as a layout',
  async ([, tool], context) => {
    const tree = await serveTree(context);
    await pushImages(tree.registry, 'all', images);
    expect(await tool.digest(tree, 'tree/all', 'amd64')).toBe(AMD64);
    await expectImages(join(tree.store, 'all'), [images.amd64, images.arm64]);
  },
);

test('crane makes layouts without names, which are served by their digests', async (context) => {
  const tree = await serveTree(context);
  const { account, registry } = tree;
  await pushImages(registry, 'all', images);
  const crane = tree.tool('crane');
  await account.run(
    crane,
    'pull',
    '--insecure',
    '--format=oci',
    `${registry.host}/all:amd64`,
    'tree/by-crane',
  );
  await expectStatus(200, request(`${registry.url}/v2/by-crane/manifests/${AMD64}`));
  await account.run(crane, 'push', '--insecure', 'tree/by-crane', `${registry.host}/by-crane/again:v1`);
  expect(await tagDigest(registry, 'by-crane/again', 'v1')).toBe(AMD64);
});

test('a registry in the other layout says so at its start', async (context) => {
  const tree = await serveTree(context);
  await pushImages(tree.registry, 'all', images);
  const other = await testRegistry({ store: tree.store });
  await expect.poll(() => other.logs()).toContain('Set it to oci to serve them');
  const inside = await testRegistry({ store: join(tree.store, 'all'), sections: SECTIONS });
  await expect.poll(() => inside.logs()).toContain('Give its parent directory as the root');
});
