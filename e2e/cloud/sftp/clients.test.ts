import { onTestFinished, test } from 'vitest';
import { Journal } from '../../harness/audit.js';
import { startSshd } from '../../harness/sshd-server.js';
import { testRegistry } from '../../harness/start-registry.js';
import { useTool } from '../../harness/tool.js';
import { skopeo } from '../clients.js';
import { overSftp } from './sftp-registry.js';

test('skopeo pushes to a registry on SFTP, and pulls from it', async (context) => {
  const server = await startSshd(useTool(context, 'sshd'));
  onTestFinished(() => server.stop());
  const registry = await testRegistry(overSftp(await server.createStore()));
  await skopeo(context, registry);
  await new Journal().audit(registry);
});
