import { expect, onTestFailed, onTestFinished, test } from 'vitest';
import { request } from '../harness/http.js';
import { createImages } from '../harness/images.js';
import { pushImages, pushManifest } from '../harness/push-images.js';
import { seconds } from '../harness/scale.js';
import type { RunningRegistry } from '../harness/start-registry.js';
import { startRegistry } from '../harness/start-registry.js';
import { temporaryDirectory } from '../harness/temporary-directory.js';
import { expectStatus } from '../harness/upload.js';

const images = createImages();
const NAME = 'shared';

test(
  'two hosts with eight writers each on one layout lose no tag',
  async () => {
    const hosts = await startHosts();
    const [first] = hosts;
    if (first === undefined) throw new Error('no host');
    await pushImages(first, NAME, images);
    const end = performance.now() + seconds(4, 60);
    const written = await Promise.all(
      hosts.flatMap((host, at) =>
        Array.from({ length: 8 }, (_, writer) => write(host, `h${String(at)}-w${String(writer)}`, end)),
      ),
    );
    const expected = new Map(written.flat());
    for (const { url } of hosts) {
      const { body } = await expectStatus(200, request(`${url}/v2/${NAME}/tags/list`));
      const { tags } = JSON.parse(body.toString()) as { tags: string[] };
      expect(tags).toEqual(['amd64', 'arm64', 'multi', ...expected.keys()].toSorted());
      for (const [tag, digest] of expected) {
        const { headers } = await request(`${url}/v2/${NAME}/manifests/${tag}`, { method: 'HEAD' });
        expect(headers['docker-content-digest'], tag).toBe(digest);
      }
    }
    console.log({ tags: expected.size });
  },
  seconds(240, 600),
);

/** Each writer sets tags of its own and moves each of them once. */
async function write({ url }: RunningRegistry, writer: string, end: number): Promise<[string, string][]> {
  const written: [string, string][] = [];
  for (let count = 0; count === 0 || performance.now() < end; count++) {
    const tag = `${writer}-${String(count)}`;
    for (const { manifest } of [images.amd64, images.arm64]) {
      const content = images.blobs.get(manifest.digest) ?? Buffer.alloc(0);
      await pushManifest(url, NAME, tag, manifest.mediaType, content);
    }
    written.push([tag, images.arm64.manifest.digest]);
  }
  return written;
}

async function startHosts(): Promise<RunningRegistry[]> {
  const store = await temporaryDirectory();
  const hosts: RunningRegistry[] = [];
  for (let count = 0; count < 2; count++) {
    const sections = { outrigger: { profile: 'strict', layout: 'oci', limits: { uploadsPerUser: 0 } } };
    const host = await startRegistry({ store, sections });
    hosts.push(host);
    onTestFinished(async () => {
      await host.stop();
    });
    onTestFailed(() => {
      console.log(`host ${String(host.port)} printed:\n${host.logs().slice(-3000)}`);
    });
  }
  return hosts;
}
