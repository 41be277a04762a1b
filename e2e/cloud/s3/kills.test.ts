import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Journal } from '../../harness/audit.js';
import { createContent } from '../../harness/content.js';
import { createRandom } from '../../harness/random.js';
import type { S3Bucket, S3Server } from '../../harness/s3-server.js';
import { KIB, scaled, seconds } from '../../harness/scale.js';
import type { RegistryOptions, RunningRegistry } from '../../harness/start-registry.js';
import { startRegistry } from '../../harness/start-registry.js';
import { sortFiles } from '../../harness/store-check.js';
import { findTool } from '../../harness/tool.js';
import { until } from '../../harness/until.js';
import { startVersitygw } from '../../harness/versitygw-server.js';
import { Push } from './push.js';
import { PART, overS3 } from './s3-registry.js';

const NAME = 'killed/push';
const CYCLES = scaled(10, 50);
/** A part and a tail. */
const SIZE = PART + 300 * KIB;

const versitygw = findTool('versitygw');

describe.skipIf(typeof versitygw !== 'string')('kill -9 at random during pushes to S3', () => {
  const journal = new Journal();
  let server: S3Server;
  let bucket: S3Bucket;
  let options: RegistryOptions;
  let registry: RunningRegistry;

  beforeAll(async () => {
    server = await startVersitygw(typeof versitygw === 'string' ? versitygw : '');
    bucket = await server.createStore();
    registry = await startRegistry(overS3(bucket));
    options = { ...overS3(bucket), port: registry.port };
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
    'the S3 server': {
      async kill() {
        await server.kill();
        await server.start();
      },
      heal: () => registry.driverPid(),
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
    seconds(300, 1800),
  );

  test('and nothing is left of what was abandoned, once it is old enough', async () => {
    await registry.stop();
    await restart({ abandonedafter: '1ms' });
    await until('the end of all uploads in parts', async () => (await bucket.openMultiparts()).length === 0);
    const { upload, ours } = sortFiles(await bucket.names());
    expect(upload).toEqual([]);
    expect(ours.filter((key) => key.includes('_outrigger-uploads/'))).toEqual([]);
    await journal.audit(registry);
  });
});
