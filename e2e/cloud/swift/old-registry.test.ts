import { expect, onTestFinished, test } from 'vitest';
import { createContent } from '../../harness/content.js';
import { request } from '../../harness/http.js';
import { pull } from '../../harness/pull.js';
import { MIB } from '../../harness/scale.js';
import { SECRET, testRegistry } from '../../harness/start-registry.js';
import { startSwift } from '../../harness/swift-server.js';
import { useTool } from '../../harness/tool.js';
import { expectStatus, pushBlob } from '../../harness/upload.js';
import { attach, deletePath, look, pushSmallImage } from '../../distribution/actions.js';
import { startPeer } from '../../distribution/peer.js';
import { overSwift } from './swift-registry.js';

const NAME = 'written/before';

test.for(['', 'some/prefix'])(
  'what Distribution 2.8 wrote below the prefix "%s" is read, listed and deleted, segments included',
  async (prefix, context) => {
    const server = await startSwift(useTool(context, 'swift-server'));
    onTestFinished(() => server.stop());
    const container = await server.createStore();
    const storage = { swift: { ...container.parameters(), prefix }, delete: { enabled: true } };
    const old = await startPeer(context, 'docker-registry', '', SECRET, { storage });
    const image = await pushSmallImage(old.url, NAME, 'v1');
    // In four segments.
    const large = createContent('large', 3.5 * MIB);
    await pushBlob(old.url, NAME, large);
    await old.stop();
    const segments = async () => (await container.names()).filter((name) => name.includes('segments/'));
    expect((await segments()).length).toBeGreaterThanOrEqual(4);

    const registry = await testRegistry(overSwift(container, { parameters: { prefix } }));
    const url = `${registry.url}/v2/${NAME}/blobs/${large.digest}`;
    const { size: bytes, digest } = large;
    expect(await pull(url).result).toEqual({ status: 200, contentLength: bytes, bytes, digest });
    const range = { range: `bytes=${MIB - 5}-${MIB + 4}` };
    expect(await request(url, { headers: range })).toMatchObject({
      status: 206,
      body: Buffer.concat([...large.pieces(MIB - 5, MIB + 5)]),
    });
    expect(await look(registry.url, NAME, 'manifests/v1')).toBe('200');
    expect(await look(registry.url, NAME, `blobs/${image.layer}`)).toBe('200');
    const tags = await expectStatus(200, request(`${registry.url}/v2/${NAME}/tags/list`));
    expect(JSON.parse(tags.body.toString())).toEqual({ name: NAME, tags: ['v1'] });
    // Both registries' content goes together.
    await attach(registry.url, NAME, image, 'added by the new one');
    await deletePath(registry.url, NAME, `blobs/${large.digest}`);
    expect(await look(registry.url, NAME, `blobs/${large.digest}`)).toMatch(/^404/);
  },
);
