import { expect, test } from 'vitest';
import { Journal } from '../harness/audit.js';
import { createContent } from '../harness/content.js';
import { driverDirectory, runDriver } from '../harness/driver-directory.js';
import { createImages } from '../harness/images.js';
import { groupsGone } from '../harness/processes.js';
import { pull } from '../harness/pull.js';
import { pushImages } from '../harness/push-images.js';
import { createRandom } from '../harness/random.js';
import { KIB, MIB, scaled, seconds } from '../harness/scale.js';
import type { RunningRegistry } from '../harness/start-registry.js';
import { launchRegistry, testRegistry } from '../harness/start-registry.js';
import { temporaryDirectory } from '../harness/temporary-directory.js';
import { until } from '../harness/until.js';
import {
  askStatus,
  beginUpload,
  expectStatus,
  finishUpload,
  pushBlob,
  sendChunk,
  toUpload,
} from '../harness/upload.js';

const NAME = 'faults/host';

test('F08: kill -9 of the host while its driver serves a pull: no driver is left', async () => {
  const registry = await testRegistry({ plane: 'socket' });
  const content = createContent('orphan', 64 * MIB);
  await pushBlob(registry.url, NAME, content);
  const running = pull(`${registry.url}/v2/${NAME}/blobs/${content.digest}`, { pauseAt: MIB });
  await running.paused;
  const driver = await registry.driverPid();
  running.result.catch(() => undefined);
  await kill(registry);
  running.resume();
  await expect(running.result).rejects.toThrow();
  await groupsGone([driver]);
});

test('F08: kill -9 of the host over a driver that ignores the end of stdin and SIGTERM, and has a child: none is left', async () => {
  const registry = await stubbornRegistry();
  const driver = await registry.driverPid();
  await kill(registry);
  await groupsGone([driver]);
});

test('SIGTERM of the host over a driver that ignores the end of stdin and SIGTERM: all end', async () => {
  const registry = await stubbornRegistry();
  const driver = await registry.driverPid();
  registry.signal('SIGTERM');
  expect(await registry.exited).toMatchObject({ exitCode: 0 });
  await groupsGone([driver]);
});

test(
  'F08: kill -9 of the host while it starts its driver: none is left',
  async () => {
    const parent = await temporaryDirectory();
    const directory = await driverDirectory(parent, 'slow', '[ "$1" = --describe ] && exit 1\nsleep 600');
    const sections = { log: { level: 'debug' } };
    for (let round = 0; round < scaled(3, 200); round++) {
      const launched = await launchRegistry({ driver: 'slow', driverDirectories: [directory], sections });
      const driver = await launched.driverPid();
      // It was told its watchdog of the driver, in the same breath in which it started it.
      await until('a driver that is watched', () => launched.logs().includes('started a storage driver'));
      await kill(launched);
      await groupsGone([driver]);
      await launched.stop();
    }
  },
  seconds(240, 3600),
);

test('an upload goes on after a restart of the host', async () => {
  const store = await temporaryDirectory();
  const content = createContent('restart', 8 * MIB);
  const first = await testRegistry({ store });
  const begun = await beginUpload(first.url, NAME);
  const answer = await expectStatus(202, sendChunk(begun, content, { to: 3 * MIB }));
  const { location } = toUpload(first.url, answer);
  expect(await first.stop()).toMatchObject({ exitCode: 0 });

  const second = await testRegistry({ store, port: first.port });
  const reached = await askStatus(second.url, { location, offset: 0 });
  expect(reached.offset).toBe(3 * MIB);
  await expectStatus(201, finishUpload(reached, content));
  await new Journal([{ kind: 'blob', name: NAME, digest: content.digest }]).audit(second);
});

test(
  'kill -9 of the host at random times under pushes: what it has acknowledged is there after the next start',
  async () => {
    const store = await temporaryDirectory();
    const journal = new Journal();
    const random = createRandom('kill the host');
    for (let round = 0; round < scaled(6, 1000); round++) {
      const registry = await testRegistry({ store });
      const driver = await registry.driverPid();
      const budget = 1 + Math.floor(random() * 30);
      const pushers = [1, 2, 3, 4].map((pusher) =>
        pushUntilKilled(registry, `${round} ${pusher}`, journal, budget),
      );
      await Promise.race(pushers);
      await kill(registry);
      await Promise.allSettled(pushers);
      await groupsGone([driver]);
    }
    const registry = await testRegistry({ store });
    await journal.audit(registry);
  },
  seconds(240, 3600),
);

test('kill -9 of the host in the middle of a PATCH: the next one tells what came in, and ends the upload', async () => {
  const store = await temporaryDirectory();
  const content = createContent('host killed', 32 * MIB);
  const first = await testRegistry({ store });
  const begun = await beginUpload(first.url, NAME);
  await expect(
    sendChunk(begun, content, { pauseAfter: 16 * MIB, onPause: () => kill(first) }),
  ).rejects.toThrow();

  const second = await testRegistry({ store, port: first.port });
  const reached = await askStatus(second.url, begun);
  expect(reached.offset).toBeLessThanOrEqual(16 * MIB);
  await expectStatus(201, finishUpload(reached, content));
  await pushImages(second, 'faults/after', createImages());
  await new Journal([{ kind: 'blob', name: NAME, digest: content.digest }]).audit(second);
});

/** Resolves after `budget` acknowledgements, and goes on until nobody answers. */
async function pushUntilKilled(
  registry: RunningRegistry,
  seed: string,
  journal: Journal,
  budget: number,
): Promise<void> {
  const enough = Promise.withResolvers<undefined>();
  const push = async () => {
    for (let count = 0; ; count++) {
      if (count === budget) enough.resolve(undefined);
      const content = createContent(`${seed} ${count}`, 100 * KIB);
      await pushBlob(registry.url, NAME, content);
      journal.acknowledge({ kind: 'blob', name: NAME, digest: content.digest });
    }
  };
  push().catch(() => enough.resolve(undefined)); // the host was killed
  await enough.promise;
}

async function kill(registry: RunningRegistry): Promise<void> {
  registry.signal('SIGKILL');
  await registry.exited;
}

async function stubbornRegistry(): Promise<RunningRegistry> {
  const directory = await driverDirectory(await temporaryDirectory(), 'stubborn', runDriver('stubborn'));
  return testRegistry({ driver: 'stubborn', driverDirectories: [directory] });
}
