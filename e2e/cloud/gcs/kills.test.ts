import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Journal } from '../../harness/audit.js';
import { createContent } from '../../harness/content.js';
import { startFakeGcs } from '../../harness/fake-gcs-server.js';
import type { GcsBucket, GcsServer } from '../../harness/gcs-server.js';
import { createRandom } from '../../harness/random.js';
import { KIB, scaled, seconds } from '../../harness/scale.js';
import type { RegistryOptions, RunningRegistry } from '../../harness/start-registry.js';
import { startRegistry } from '../../harness/start-registry.js';
import { findTool } from '../../harness/tool.js';
import { until } from '../../harness/until.js';
import { Push } from '../s3/push.js';
import { leftovers, overGcs } from './gcs-registry.js';

const NAME = 'killed/push';
const CYCLES = scaled(10, 50);
/** Forty parts, which are composed in two levels, and a tail. */
const SIZE = 40 * 256 * KIB + 100 * KIB;

const fakeGcs = findTool('fake-gcs-server');

// The server keeps everything in memory: what a killed store does is shown on S3.
describe.skipIf(typeof fakeGcs !== 'string')('kill -9 at random during pushes to gcs', () => {
  const journal = new Journal();
  let server: GcsServer;
  let bucket: GcsBucket;
  let options: RegistryOptions;
  let registry: RunningRegistry;

  beforeAll(async () => {
    server = await startFakeGcs(typeof fakeGcs === 'string' ? fakeGcs : '');
    bucket = await server.createStore();
    registry = await startRegistry(overGcs(bucket));
    options = { ...overGcs(bucket), port: registry.port };
  });

  afterAll(async () => {
    await registry.stop();
    await server.stop();
  });

  const restart = async (more: Readonly<Record<string, unknown>> = {}) => {
    registry = await startRegistry({ ...options, parameters: { ...options.parameters, ...more } });
  };

  const KILLS: Readonly<Record<string, { kill: () => Promise<void>; heal: () => Promise<unknown> }>> = {
    'the driver': {
      kill: async () => void process.kill(await registry.driverPid(), 'SIGKILL'),
      heal: () => registry.driverPid(),
    },
    'the host': {
      async kill() {
        registry.signal('SIGKILL');
        await registry.exited;
      },
      async heal() {
        await registry.stop();
        await restart();
      },
    },
  };

  test.each(Object.entries(KILLS))(
    '%s: every push can be ended, and what is acknowledged is there',
    async (who, { kill, heal }) => {
      const random = createRandom(who);
      for (let cycle = 0; cycle < CYCLES; cycle++) {
        const contents = ['first', 'second'].map((which) => createContent(`${who} ${cycle} ${which}`, SIZE));
        const pushes = contents.map(
          (content, index) => new Push(() => registry.url, NAME, content, index === 0),
        );
        const hit = { pauseAfter: Math.floor(random() * SIZE), onPause: kill };
        await Promise.all(pushes.map((push, index) => push.attempt(index === cycle % 2 ? hit : {})));
        await heal();
        for (const push of pushes) {
          await push.end();
          journal.acknowledge({ kind: 'blob', name: NAME, digest: push.content.digest });
        }
      }
      await journal.audit(registry);
    },
    seconds(120, 900),
  );

  test('and nothing is left of what was abandoned, once it is old enough', async () => {
    await registry.stop();
    await restart({ abandonedafter: '1ms' });
    await until('the end of all parts', async () => {
      const keys = await bucket.names();
      return leftovers(keys).filter((key) => key.includes('_outrigger-uploads')).length === 0;
    });
    expect(leftovers(await bucket.names())).toEqual([]);
    await journal.audit(registry);
  });
});
