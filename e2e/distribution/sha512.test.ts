import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { request } from '../harness/http.js';
import { MANIFEST_TYPE } from '../harness/images.js';
import { pushBytes, pushManifest } from '../harness/push-images.js';
import { testRegistry } from '../harness/start-registry.js';
import { checkStore, listStore } from '../harness/store-check.js';
import { temporaryDirectory } from '../harness/temporary-directory.js';
import { beginUpload, expectStatus } from '../harness/upload.js';
import { PEERS, collectGarbage, startPeer } from './peer.js';

const bytes = Buffer.from('content that has two digests');
const digest = `sha512:${createHash('sha512').update(bytes).digest('hex')}`;

async function push512(url: string, name: string): Promise<void> {
  const target = new URL((await beginUpload(url, name)).location);
  target.searchParams.set('digest', digest);
  await expectStatus(201, request(target.href, { method: 'PUT', body: bytes }));
}

async function pull512(url: string, name: string): Promise<Buffer> {
  return (await expectStatus(200, request(`${url}/v2/${name}/blobs/${digest}`))).body;
}

test.for(PEERS)(
  'a sha512 blob of %s, which lies under its sha256, is read here',
  async (peerName, context) => {
    const store = await temporaryDirectory();
    const peer = await startPeer(context, peerName, store);
    await push512(peer.url, 'long');
    await peer.stop();
    const { blob } = await listStore(store);
    expect(blob.map((path) => path.split('/')[4])).toEqual(['sha256']);
    const ours = await testRegistry({ store });
    expect(await pull512(ours.url, 'long')).toEqual(bytes);
    expect((await request(`${ours.url}/v2/long/blobs/${digest}`, { method: 'HEAD' })).status).toBe(200);
  },
);

test.for(PEERS)(
  'a sha512 blob of ours is read by %s, and outlives its collector',
  async (peerName, context) => {
    const store = await temporaryDirectory();
    const ours = await testRegistry({ store });
    await push512(ours.url, 'long');
    const config = await pushBytes(ours.url, 'long', Buffer.from('{}'));
    const manifest = {
      schemaVersion: 2,
      mediaType: MANIFEST_TYPE,
      config: { mediaType: 'application/vnd.oci.empty.v1+json', digest: config, size: 2 },
      layers: [{ mediaType: 'text/plain', digest, size: bytes.length }],
    };
    await pushManifest(ours.url, 'long', 'v1', MANIFEST_TYPE, JSON.stringify(manifest));
    await ours.stop();
    await collectGarbage(context, peerName, store);
    const peer = await startPeer(context, peerName, store);
    expect(await pull512(peer.url, 'long')).toEqual(bytes);
    await peer.stop();
    await checkStore(store);
  },
);
