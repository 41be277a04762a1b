import { execa } from 'execa';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createContent, sha256, toBuffer } from '../harness/content.js';
import { request } from '../harness/http.js';
import { MANIFEST_TYPE } from '../harness/images.js';
import { fromRoot } from '../harness/paths.js';
import { pushBytes, pushManifest } from '../harness/push-images.js';
import { KIB } from '../harness/scale.js';
import type { RunningRegistry } from '../harness/start-registry.js';
import { testRegistry } from '../harness/start-registry.js';
import { checkStore } from '../harness/store-check.js';
import { temporaryDirectory } from '../harness/temporary-directory.js';
import { until } from '../harness/until.js';

const NAME = 'operations/backup';
const SNAPSHOT = fromRoot('deploy/backup/snapshot-store.sh');
const PUSHERS = 4;
const SNAPSHOTS = 3;
const PUSHES_BETWEEN = 8;

interface ImageManifest {
  readonly config: { readonly digest: string };
  readonly layers: readonly { readonly digest: string }[];
}

test('a snapshot that is made while clients push has every tag from before, and every tag in it can be pulled', async () => {
  const root = await temporaryDirectory();
  const registry = await testRegistry({ store: join(root, 'store') });
  const pushing = new AbortController();
  const acknowledged: string[] = [];
  const pushers = Array.from({ length: PUSHERS }, (_, pusher) =>
    pushUntilEnd(registry, pusher, pushing.signal, acknowledged),
  );

  const snapshots: { copy: string; before: string[] }[] = [];
  for (let count = 1; count <= SNAPSHOTS; count++) {
    await until('some pushes', () => acknowledged.length >= count * PUSHES_BETWEEN);
    const before = [...acknowledged];
    const copy = join(root, `copy-${count}`);
    await execa(SNAPSHOT, [registry.store, copy]);
    snapshots.push({ copy, before });
  }
  pushing.abort();
  await Promise.all(pushers);
  await registry.stop();

  for (const { copy, before } of snapshots) {
    await checkStore(copy);
    const restored = await testRegistry({ store: copy });
    const tags = await listTags(restored);
    expect(tags).toEqual(expect.arrayContaining(before));
    for (const tag of tags) await pullImage(restored, tag);
    await restored.stop();
  }
});

/** Pushes images under new tags and, in turns with the others, under `latest`. */
async function pushUntilEnd(
  { url }: RunningRegistry,
  pusher: number,
  signal: AbortSignal,
  acknowledged: string[],
): Promise<void> {
  for (let count = 0; !signal.aborted; count++) {
    const tag = `p${pusher}-${count}`;
    const layers = [];
    for (const part of [0, 1, 2]) {
      const bytes = toBuffer(createContent(`backup ${tag} ${part}`, 48 * KIB));
      layers.push({
        mediaType: 'application/octet-stream',
        digest: await pushBytes(url, NAME, bytes),
        size: bytes.length,
      });
    }
    const config = {
      mediaType: 'application/json',
      digest: await pushBytes(url, NAME, Buffer.from('{}')),
      size: 2,
    };
    const manifest = JSON.stringify({ schemaVersion: 2, mediaType: MANIFEST_TYPE, config, layers });
    for (const name of [tag, 'latest']) await pushManifest(url, NAME, name, MANIFEST_TYPE, manifest);
    acknowledged.push(tag);
  }
}

async function listTags({ url }: RunningRegistry): Promise<string[]> {
  const { body } = await request(`${url}/v2/${NAME}/tags/list?n=1000`);
  return (JSON.parse(body.toString()) as { tags: string[] }).tags;
}

/** All of it is there, and is what its digests say. */
async function pullImage({ url }: RunningRegistry, tag: string): Promise<void> {
  const answer = await request(`${url}/v2/${NAME}/manifests/${tag}`, { headers: { accept: MANIFEST_TYPE } });
  expect(answer.status, tag).toBe(200);
  expect(sha256(answer.body), tag).toBe(answer.headers['docker-content-digest']);
  const { config, layers } = JSON.parse(answer.body.toString()) as ImageManifest;
  for (const { digest } of [config, ...layers]) {
    const blob = await request(`${url}/v2/${NAME}/blobs/${digest}`);
    expect(blob.status, `${tag} ${digest}`).toBe(200);
    expect(sha256(blob.body), tag).toBe(digest);
  }
}
