import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Journal } from '../../harness/audit.js';
import { createContent } from '../../harness/content.js';
import { createRandom } from '../../harness/random.js';
import { KIB, scaled, seconds } from '../../harness/scale.js';
import type { RunningRegistry } from '../../harness/start-registry.js';
import { startRegistry } from '../../harness/start-registry.js';
import type { SwiftContainer, SwiftServer } from '../../harness/swift-server.js';
import { SEGMENT, startSwift } from '../../harness/swift-server.js';
import { findTool } from '../../harness/tool.js';
import { Push } from '../s3/push.js';
import { overSwift } from './swift-registry.js';

const NAME = 'killed/push';
const CYCLES = scaled(5, 50);
/** Two segments and a tail. */
const SIZE = 2 * SEGMENT + 300 * KIB;

const command = findTool('swift-server');

describe.skipIf(typeof command !== 'string')('kill -9 at random during pushes to Swift', () => {
  const journal = new Journal();
  let server: SwiftServer;
  let container: SwiftContainer;
  let registry: RunningRegistry;

  beforeAll(async () => {
    server = await startSwift(typeof command === 'string' ? command : '');
    container = await server.createStore();
    registry = await startRegistry(overSwift(container));
  });
  afterAll(async () => {
    await registry.stop();
    await server.stop();
  });

  const KILLS: Readonly<Record<string, () => Promise<void>>> = {
    'the driver': async () => void process.kill(await registry.driverPid(), 'SIGKILL'),
    Swift: async () => {
      await server.kill();
      await server.start();
    },
  };

  test.each(Object.entries(KILLS))(
    '%s: every push can be ended, and what is acknowledged is there',
    async (who, kill) => {
      const random = createRandom(who);
      for (let cycle = 0; cycle < CYCLES; cycle++) {
        const contents = ['first', 'second'].map((which) => createContent(`${who} ${cycle} ${which}`, SIZE));
        const pushes = contents.map(
          (content, index) => new Push(() => registry.url, NAME, content, index === 0),
        );
        const hit = { pauseAfter: Math.floor(random() * SIZE), onPause: kill };
        await Promise.all(pushes.map((push, index) => push.attempt(index === cycle % 2 ? hit : {})));
        await registry.driverPid();
        for (const push of pushes) {
          await push.end();
          journal.acknowledge({ kind: 'blob', name: NAME, digest: push.content.digest });
        }
      }
      await journal.audit(registry);
      expect(await container.names()).not.toEqual([]);
    },
    seconds(180, 900),
  );
});
