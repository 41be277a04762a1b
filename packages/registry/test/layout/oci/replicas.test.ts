import type { StorageDriver } from '@outrigger/driver';
import { expect, onTestFinished, test } from 'vitest';
import { openLayout } from '../../../src/index.js';
import { changes } from '../../../src/layout/paths.js';
import { announcePresence } from '../../../src/replicas/announce-presence.js';
import type { TestRegistry } from '../../registry-fixture.js';
import { makeImage, overrideDriver, pushImage, putManifest } from '../../registry-fixture.js';
import { createFakeTime } from '../../replicas/fake-time.js';
import { memoryDriver, readIndex, startOci } from './oci-fixture.js';

const SILENT = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/** Two registries on one store that know of each other and may both write. */
async function startTwo(driver: StorageDriver): Promise<[TestRegistry, TestRegistry]> {
  const time = createFakeTime();
  const start = async () => {
    const presence = await announcePresence(openLayout(driver, 'oci'), SILENT, time.options);
    onTestFinished(() => presence.close());
    return startOci({ driver, presence });
  };
  const both: [TestRegistry, TestRegistry] = [await start(), await start()];
  await time.pass(4000);
  await time.pass(2500);
  return both;
}

/** Counts the writes of index.json, and finds two that go on at once. */
function watchIndex(driver: StorageDriver) {
  const seen = { writes: 0, running: 0, most: 0 };
  const watched = overrideDriver(driver, {
    put: async (path, content, options) => {
      if (!path.endsWith('/index.json')) return driver.put(path, content, options);
      seen.writes++;
      seen.most = Math.max(seen.most, ++seen.running);
      await new Promise((resolve) => setImmediate(resolve));
      await driver.put(path, content, options);
      seen.running--;
    },
  });
  return { watched, seen };
}

test('two replicas with eight writers each lose no tag', async () => {
  const { watched, seen } = watchIndex(await memoryDriver());
  const both = await startTwo(watched);
  const content = await makeImage(both[0], 'r');
  const write = async (registry: TestRegistry, writer: string) => {
    for (let round = 0; round < 3; round++) {
      const answer = await putManifest(registry, 'r', `${writer}-${String(round)}`, content);
      expect(answer.status).toBe(201);
    }
  };
  const writers = Array.from({ length: 8 }, (_, each) => each);
  await Promise.all(
    both.flatMap((registry, host) =>
      writers.map((each) => write(registry, `h${String(host)}-w${String(each)}`)),
    ),
  );
  const expected = [0, 1].flatMap((host) =>
    writers.flatMap((each) => [0, 1, 2].map((round) => `h${String(host)}-w${String(each)}-${String(round)}`)),
  );
  for (const registry of both) {
    const { tags } = (await (await registry.call('GET', 'r/tags/list')).json()) as { tags: string[] };
    expect(tags).toEqual(expected.toSorted());
  }
  expect(seen.most).toBe(1);
  await expect(
    watched.list(changes('r').replace('/docker/registry/v2', '/_outrigger')),
  ).rejects.toMatchObject({
    code: 'PATH_NOT_FOUND',
  });
});

test('what one replica does the other one sees at once', async () => {
  const [one, two] = await startTwo(await memoryDriver());
  const { digest } = await pushImage(one, 'r', 'v1');
  expect((await two.call('GET', 'r/manifests/v1')).headers.get('docker-content-digest')).toBe(digest);
  const next = await pushImage(two, 'r', 'v1');
  expect((await one.call('GET', 'r/manifests/v1')).headers.get('docker-content-digest')).toBe(next.digest);
  expect((await two.call('DELETE', `r/manifests/${next.digest}`)).status).toBe(202);
  expect((await one.call('GET', `r/manifests/${next.digest}`)).status).toBe(404);
  expect((await one.call('DELETE', `r/manifests/${digest}`)).status).toBe(202);
  expect((await two.call('GET', `r/manifests/${digest}`)).status).toBe(404);
});

test('a mark that a killed replica has left holds nobody up for long', async () => {
  const driver = await memoryDriver();
  const [one] = await startTwo(driver);
  await openLayout(driver, 'oci').put(`${changes('r')}/gone.0`, new Uint8Array(0));
  await pushImage(one, 'r', 'v1');
  expect((await readIndex(driver, 'r')).manifests).toHaveLength(1);
});

test('changes that come while one is written are made together', async () => {
  const { watched, seen } = watchIndex(await memoryDriver());
  const registry = await startOci({ driver: watched });
  const content = await makeImage(registry, 'r');
  const tags = Array.from({ length: 40 }, (_, at) => `t${String(at)}`);
  const answers = await Promise.all(tags.map((tag) => putManifest(registry, 'r', tag, content)));
  expect(answers.map(({ status }) => status)).toEqual(tags.map(() => 201));
  const { tags: listed } = (await (await registry.call('GET', 'r/tags/list')).json()) as { tags: string[] };
  expect(listed).toEqual(tags.toSorted());
  expect(seen.most).toBe(1);
  expect(seen.writes).toBeLessThanOrEqual(tags.length);
});
