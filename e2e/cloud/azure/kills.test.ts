import { expect, onTestFinished, test } from 'vitest';
import { Journal } from '../../harness/audit.js';
import { startAzurite } from '../../harness/azurite-server.js';
import { createContent } from '../../harness/content.js';
import { createRandom } from '../../harness/random.js';
import { KIB, MIB, scaled, seconds } from '../../harness/scale.js';
import { testRegistry } from '../../harness/start-registry.js';
import { useTool } from '../../harness/tool.js';
import { ofUploads } from '../no-uploads.js';
import { soonPurged } from '../over-cloud.js';
import { Push } from '../push.js';
import { overAzure } from './azure-registry.js';

const NAME = 'killed/push';
/** Two blocks and a tail. */
const SIZE = 16 * MIB + 300 * KIB;

test(
  'kill -9 of the driver at random during pushes: every push can be ended, and what is acknowledged is there',
  async (context) => {
    const server = await startAzurite(useTool(context, 'azurite-blob'));
    onTestFinished(() => server.stop());
    const container = await server.createStore();
    const registry = await testRegistry(overAzure(container));
    const journal = new Journal();
    const random = createRandom('azure');
    for (let cycle = 0; cycle < scaled(4, 50); cycle++) {
      const content = createContent(`azure ${cycle}`, SIZE);
      const push = new Push(() => registry.url, NAME, content, cycle % 2 === 0);
      const driver = await registry.driverPid();
      await push.attempt({
        pauseAfter: Math.floor(random() * SIZE),
        onPause: () => void process.kill(driver, 'SIGKILL'),
      });
      await registry.newDriverPid(driver);
      await push.end();
      journal.acknowledge({ kind: 'blob', name: NAME, digest: content.digest });
    }
    await journal.audit(registry);
    await registry.stop();

    // What was killed has left blocks, which are ended once they are old enough.
    const cleaned = await testRegistry(soonPurged(overAzure(container)));
    await expect.poll(async () => ofUploads(await container.names())).toEqual([]);
    await journal.audit(cleaned);
  },
  seconds(600, 900),
);
