import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'vitest';
import { expect, test } from 'vitest';
import type { Turn } from '../distribution/peer.js';
import { startPeer } from '../distribution/peer.js';
import { testAccount } from '../harness/client.js';
import { createContent } from '../harness/content.js';
import { request } from '../harness/http.js';
import { createImages } from '../harness/images.js';
import { expectImages, topDigests } from '../harness/layout-check.js';
import { pull } from '../harness/pull.js';
import { pushBytes, pushImages } from '../harness/push-images.js';
import { MIB } from '../harness/scale.js';
import { testRegistry } from '../harness/start-registry.js';
import { checkStore } from '../harness/store-check.js';
import { temporaryDirectory } from '../harness/temporary-directory.js';
import { useTool } from '../harness/tool.js';

const images = createImages();

const UPSTREAMS = ['outrigger', 'docker-registry', 'registry'] as const;

/** A registry that has the images as `library/multi`. */
async function startUpstream(context: TestContext, kind: (typeof UPSTREAMS)[number]): Promise<Turn> {
  const upstream =
    kind === 'outrigger' ? await testRegistry() : await startPeer(context, kind, await temporaryDirectory());
  await pushImages(upstream, 'library/multi', images);
  return upstream;
}

test.for(UPSTREAMS)('skopeo and crane pull what %s has, and again when it is gone', async (kind, context) => {
  const [skopeo, crane] = [useTool(context, 'skopeo'), useTool(context, 'crane')];
  const upstream = await startUpstream(context, kind);
  const store = await temporaryDirectory();
  const proxy = await testRegistry({ store, sections: { proxy: { remoteurl: upstream.url } } });
  const { run, home } = await testAccount();
  await writeFile(join(home, 'policy.json'), '{"default":[{"type":"insecureAcceptAnything"}]}');
  const source = `docker://${proxy.host}/library/multi:multi`;
  const copy = (to: string) =>
    run(
      skopeo,
      ...['--policy', join(home, 'policy.json'), 'copy', '--all', '--preserve-digests'],
      ...['--src-tls-verify=false', source, `oci:${to}:multi`],
    );
  await copy('first');
  await expectImages(join(home, 'first'), [images.amd64, images.arm64]);
  expect(
    JSON.parse(await run(skopeo, 'list-tags', '--tls-verify=false', source.replace(/:multi$/, ''))),
  ).toMatchObject({
    Tags: ['amd64', 'arm64', 'multi'],
  });
  await upstream.stop();
  await copy('second');
  expect(await topDigests(join(home, 'second'))).toEqual([images.index.digest]);
  await expectImages(join(home, 'second'), [images.amd64, images.arm64]);
  const tar = join(home, 'image.tar');
  await run(crane, 'pull', '--insecure', `${proxy.host}/library/multi:multi`, '--format', 'oci', tar);
  expect(await topDigests(tar)).toEqual([images.index.digest]);
  await expect(
    run(crane, 'copy', '--insecure', `${proxy.host}/library/multi:multi`, `${proxy.host}/a:b`),
  ).rejects.toThrow();
  await proxy.stop();
  await rm(join(store, 'scheduler-state.json'));
  await checkStore(store);
});

test('many clients of a large blob get it from one fetch, and when the upstream is gone', async () => {
  const upstream = await testRegistry();
  const content = createContent('proxied', 64 * MIB);
  const digest = await pushBytes(upstream.url, 'big', Buffer.concat([...content.pieces()]));
  const proxy = await testRegistry({ sections: { proxy: { remoteurl: upstream.url } } });
  const pulls = Array.from({ length: 8 }, () => pull(`${proxy.url}/v2/big/blobs/${digest}`).result);
  for (const each of await Promise.all(pulls)) expect(each).toMatchObject({ status: 200, digest });
  await upstream.stop();
  expect(await pull(`${proxy.url}/v2/big/blobs/${digest}`).result).toMatchObject({ status: 200, digest });
});

test('the time to live passes from Outrigger to Distribution and back', async (context) => {
  const upstream = await testRegistry();
  await pushImages(upstream, 'library/multi', images);
  const store = await temporaryDirectory();
  const sections = { proxy: { remoteurl: upstream.url } };
  const pullAll = async (url: string) => {
    for (const { digest } of [...images.amd64.layers, images.amd64.config])
      expect((await pull(`${url}/v2/library/multi/blobs/${digest}`).result).status).toBe(200);
    const accept = images.amd64.manifest.mediaType;
    const manifest = `${url}/v2/library/multi/manifests/amd64`;
    expect((await request(manifest, { headers: { accept } })).status).toBe(200);
  };
  const ours = await testRegistry({ store, sections });
  await pullAll(ours.url);
  await ours.stop();
  const state = join(store, 'scheduler-state.json');
  const written = JSON.parse(await readFile(state, 'utf8')) as Record<string, { EntryType: number }>;
  expect(Object.keys(written)).toHaveLength(5);
  const theirs = await startPeer(context, 'docker-registry', store, undefined, sections);
  await pullAll(theirs.url);
  await theirs.stop();
  const kept = JSON.parse(await readFile(state, 'utf8')) as Record<string, unknown>;
  expect(Object.keys(kept).sort()).toEqual(Object.keys(written).sort());
  const expired = Object.fromEntries(
    Object.entries(written).map(([key, entry]) => [key, { ...entry, ExpiryData: '2020-01-01T00:00:00Z' }]),
  );
  await writeFile(state, JSON.stringify(expired));
  const again = await testRegistry({ store, sections });
  await upstream.stop();
  await expect.poll(() => readFile(state, 'utf8'), { timeout: 60_000 }).toBe('{}');
  const layer = `${again.url}/v2/library/multi/blobs/${String(images.amd64.layers[1]?.digest)}`;
  expect((await request(layer, { method: 'HEAD' })).status).toBe(503);
});
