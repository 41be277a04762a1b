import type { StorageDriver } from '@outrigger/driver';
import { expect, test } from 'vitest';
import type { MemoryOptions } from '../../src/store.js';
import { ALWAYS_ALONE } from '../../src/replicas/presence.js';
import {
  bytes,
  memoryDriver,
  overrideDriver,
  pushBlob,
  pushImage,
  startRegistry,
} from '../registry-fixture.js';

/** Counts how often the store is asked for the path of a link, and of content. */
async function countingDriver() {
  const driver = await memoryDriver();
  const counts = { links: 0, contents: 0 };
  const count = (path: string): void => {
    if (path.endsWith('/link')) counts.links++;
    if (path.endsWith('/data')) counts.contents++;
  };
  const override: Partial<StorageDriver> = {
    get: (path, options) => {
      count(path);
      return driver.get(path, options);
    },
    reader: (path, options) => {
      count(path);
      return driver.reader(path, options);
    },
  };
  return { driver: overrideDriver(driver, override), counts };
}

async function pullTwice(memory: MemoryOptions | undefined) {
  const { driver, counts } = await countingDriver();
  const digest = await pushBlob(await startRegistry({ driver }), 'a', bytes(100));
  const registry = await startRegistry({ driver, presence: ALWAYS_ALONE, memory });
  const before = { ...counts };
  for (let times = 0; times < 2; times++) {
    const answer = await registry.call('GET', `a/blobs/${digest}`);
    expect((await answer.arrayBuffer()).byteLength).toBe(100);
  }
  return { links: counts.links - before.links, contents: counts.contents - before.contents };
}

test.each([
  ['by default both are remembered', undefined, { links: 1, contents: 1 }],
  ['a time of 0 asks the store for links every time', { factsMs: 0 }, { links: 2, contents: 1 }],
  ['a size of 0 keeps no content', { contentBytes: 0 }, { links: 1, contents: 2 }],
  ['an eighth of the size is kept', { contentBytes: 8 * 400 }, { links: 1, contents: 1 }],
])('%s', async (_, memory, asked) => {
  expect(await pullTwice(memory)).toEqual(asked);
});

test('a registry that remembers nothing does all the same', async () => {
  const memory = { factsMs: 0, contentBytes: 0 };
  const registry = await startRegistry({ presence: ALWAYS_ALONE, memory });
  const { content, digest } = await pushImage(registry, 'a', 'latest');
  const answer = await registry.call('GET', 'a/manifests/latest');
  expect(Buffer.from(await answer.arrayBuffer()).equals(content)).toBe(true);
  expect((await registry.call('DELETE', `a/manifests/${digest}`)).status).toBe(202);
  expect((await registry.call('GET', 'a/manifests/latest')).status).toBe(404);
});
