import type { TestContext } from 'vitest';
import { expect, onTestFinished, test } from 'vitest';
import { Journal } from '../../harness/audit.js';
import { startMoto } from '../../harness/moto-server.js';
import { MIB } from '../../harness/scale.js';
import { testRegistry } from '../../harness/start-registry.js';
import { useTool } from '../../harness/tool.js';
import { startVersitygw } from '../../harness/versitygw-server.js';
import { orasPy, podman, skopeo } from '../clients.js';
import { expectNoUploads } from '../no-uploads.js';
import { overS3 } from './s3-registry.js';

/** One that checks signatures and serves redirects, and one that is quite another program. */
const SERVERS = ['versitygw', 'moto'] as const;

test.for(SERVERS)('skopeo, podman and oras push to a registry on %s, and pull', async (kind, context) => {
  const server = await startServer(kind, context);
  const bucket = await server.createStore();
  const redirectHosts = kind === 'versitygw' ? [new URL(server.url).host] : [];
  const registry = await testRegistry(overS3(bucket, { redirectHosts }));
  await skopeo(context, registry);
  await podman(context, registry);
  await orasPy(context, registry, { file: 12 * MIB, chunk: 4_000_000 });
  await new Journal().audit(registry);
  expectNoUploads(await bucket.names());
  expect(await bucket.openMultiparts()).toEqual([]);
});

async function startServer(kind: (typeof SERVERS)[number], context: TestContext) {
  const server = await (kind === 'versitygw'
    ? startVersitygw(useTool(context, 'versitygw'))
    : startMoto(useTool(context, 'moto-server')));
  onTestFinished(() => server.stop());
  return server;
}
