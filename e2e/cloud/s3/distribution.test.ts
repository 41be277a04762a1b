import { expect, onTestFinished, test, vi } from 'vitest';
import { PEERS, startPeer } from '../../distribution/peer.js';
import { createContent } from '../../harness/content.js';
import { request } from '../../harness/http.js';
import { MANIFEST_TYPE } from '../../harness/images.js';
import { pull } from '../../harness/pull.js';
import { pushBytes, pushManifest } from '../../harness/push-images.js';
import { KIB, MIB } from '../../harness/scale.js';
import { testRegistry } from '../../harness/start-registry.js';
import { useTool } from '../../harness/tool.js';
import type { Upload } from '../../harness/upload.js';
import {
  askStatus,
  beginUpload,
  expectStatus,
  finishUpload,
  pushBlob,
  sendChunk,
  toUpload,
  uploadAt,
} from '../../harness/upload.js';
import { startVersitygw } from '../../harness/versitygw-server.js';
import { overS3 } from './s3-registry.js';

const NAME = 'shared/bucket';
/** Of two parts. */
const layer = createContent('a layer for both', 6 * MIB);

test.for(PEERS)('%s and this registry read what the other one wrote', async (name, context) => {
  const server = await startVersitygw(useTool(context, 'versitygw'));
  onTestFinished(() => server.stop());
  const bucket = await server.createStore();
  const s3 = bucket.parameters();
  // Debian's build of Distribution 2 ends over it.
  vi.stubEnv('AWS_CA_BUNDLE', undefined);
  onTestFinished(() => void vi.unstubAllEnvs());
  const peer = await startPeer(context, name, '', undefined, {
    storage: { s3, delete: { enabled: true }, redirect: { disable: true } },
  });
  const ours = await testRegistry(overS3(bucket));

  for (const [here, there] of [
    [peer, ours],
    [ours, peer],
  ] as const) {
    const tag = here === ours ? 'ours' : 'theirs';
    await pushBlob(here.url, NAME, layer);
    const config = Buffer.from(JSON.stringify({ by: tag }));
    const digest = await pushBytes(here.url, NAME, config);
    const manifest = JSON.stringify({
      schemaVersion: 2,
      mediaType: MANIFEST_TYPE,
      config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest, size: config.length },
      layers: [{ mediaType: 'application/x.layer', digest: layer.digest, size: layer.size }],
    });
    await pushManifest(here.url, NAME, tag, MANIFEST_TYPE, manifest);
    const accept = { accept: MANIFEST_TYPE };
    const got = await request(`${there.url}/v2/${NAME}/manifests/${tag}`, { headers: accept });
    expect(got.body.toString()).toBe(manifest);
    const pulled = await pull(`${there.url}/v2/${NAME}/blobs/${layer.digest}`).result;
    expect(pulled).toMatchObject({ status: 200, digest: layer.digest, bytes: layer.size });
  }

  // What the other one holds in parts is known to it alone: from its first byte on, the upload can be sent again.
  const theirs = uploadAt(ours.url, await halfDone(peer.url));
  expect((await sendChunk(theirs, layer)).status).toBe(416);
  expect(await askStatus(ours.url, theirs)).toMatchObject({ offset: 0 });
  await expectStatus(201, finishUpload({ ...theirs, offset: 0 }, layer));

  // Half done uploads of both, side by side.
  const [first, second] = [await halfDone(peer.url), await halfDone(ours.url)];
  await expectStatus(201, finishUpload(first, layer));
  await expectStatus(201, finishUpload(second, layer));
});

/** An upload of which a part and more has come. */
async function halfDone(url: string): Promise<Upload> {
  const begun = await beginUpload(url, NAME);
  return toUpload(url, await expectStatus(202, sendChunk(begun, layer, { to: 5 * MIB + 100 * KIB })));
}
