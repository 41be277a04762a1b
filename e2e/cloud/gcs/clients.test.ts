import type { TestContext } from 'vitest';
import { expect, onTestFinished, test } from 'vitest';
import { Journal } from '../../harness/audit.js';
import { startFakeGcs } from '../../harness/fake-gcs-server.js';
import { startGcpEmulator } from '../../harness/gcp-storage-emulator.js';
import type { GcsServer } from '../../harness/gcs-server.js';
import { MIB } from '../../harness/scale.js';
import { testRegistry } from '../../harness/start-registry.js';
import { useTool } from '../../harness/tool.js';
import { orasPy, podman, skopeo } from '../clients.js';
import { expectNoUploads } from '../no-uploads.js';
import { overGcs } from './gcs-registry.js';

const SERVERS = {
  'fake-gcs-server': startFakeGcs,
  'gcp-storage-emulator': startGcpEmulator,
} as const;

test.for(Object.keys(SERVERS) as (keyof typeof SERVERS)[])(
  'skopeo, podman and oras push to a registry on %s, and pull',
  async (kind, context) => {
    const server = await startServer(kind, context);
    const bucket = await server.createStore();
    const redirectHosts = kind === 'fake-gcs-server' ? [new URL(server.url).host] : [];
    const registry = await testRegistry(overGcs(bucket, { redirectHosts }));
    await skopeo(context, registry);
    await podman(context, registry);
    // The file has 48 parts: a tree of two levels.
    await orasPy(context, registry, { file: 12 * MIB, chunk: 1_000_000 });
    await new Journal().audit(registry);
    const { blob } = expectNoUploads(await bucket.names());
    expect(blob.length).toBeGreaterThan(5);
  },
);

async function startServer(kind: keyof typeof SERVERS, context: TestContext): Promise<GcsServer> {
  const server = await SERVERS[kind](useTool(context, kind));
  onTestFinished(() => server.stop());
  return server;
}
