import { onTestFinished, test } from 'vitest';
import { Journal } from '../../harness/audit.js';
import { startAzurite } from '../../harness/azurite-server.js';
import { MIB } from '../../harness/scale.js';
import { testRegistry } from '../../harness/start-registry.js';
import { useTool } from '../../harness/tool.js';
import { orasPy, podman, skopeo } from '../clients.js';
import { expectNoUploads } from '../no-uploads.js';
import { overAzure } from './azure-registry.js';

test('skopeo, podman and oras push to a registry on azurite, and pull by signed URLs', async (context) => {
  const server = await startAzurite(useTool(context, 'azurite-blob'));
  onTestFinished(() => server.stop());
  const container = await server.createStore();
  const registry = await testRegistry(overAzure(container, { redirectHosts: [new URL(server.url).host] }));
  await skopeo(context, registry);
  await podman(context, registry);
  await orasPy(context, registry, { file: 12 * MIB, chunk: 4_000_000 });
  await new Journal().audit(registry);
  expectNoUploads(await container.names());
});
