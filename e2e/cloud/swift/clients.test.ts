import { onTestFinished, test } from 'vitest';
import { Journal } from '../../harness/audit.js';
import { MIB } from '../../harness/scale.js';
import { testRegistry } from '../../harness/start-registry.js';
import { startSwift } from '../../harness/swift-server.js';
import { useTool } from '../../harness/tool.js';
import { orasPy, podman, skopeo } from '../clients.js';
import { expectNoUploads } from '../no-uploads.js';
import { overSwift } from './swift-registry.js';

test('skopeo, podman and oras push to a registry on Swift, and pull from Swift itself', async (context) => {
  const server = await startSwift(useTool(context, 'swift-server'));
  onTestFinished(() => server.stop());
  const container = await server.createStore();
  const registry = await testRegistry(overSwift(container, { redirectHosts: [new URL(server.url).host] }));
  await skopeo(context, registry);
  await podman(context, registry);
  await orasPy(context, registry, { file: 5 * MIB, chunk: 1_500_000 });
  await new Journal().audit(registry);
  const names = await container.names();
  expectNoUploads(names.flatMap((name) => (name.startsWith('files/') ? [name.slice('files/'.length)] : [])));
});
