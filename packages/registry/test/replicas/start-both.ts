import type { StorageDriver } from '@outrigger/driver';
import { onTestFinished } from 'vitest';
import { announcePresence } from '../../src/replicas/announce-presence.js';
import type { TestRegistry } from '../registry-fixture.js';
import { overrideDriver, startRegistry } from '../registry-fixture.js';
import type { FakeTime } from './fake-time.js';
import { createFakeTime } from './fake-time.js';

const SILENT = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/**
 * Two registries on one store that know of each other and may both write.
 *
 * @param meanwhile - what the first one does while it is alone
 */
export async function startBoth(
  driver: StorageDriver,
  override: Partial<StorageDriver> = {},
  meanwhile: (first: TestRegistry, time: FakeTime) => Promise<unknown> = () => Promise.resolve(),
): Promise<[TestRegistry, TestRegistry]> {
  const time = createFakeTime();
  const start = async (own: StorageDriver) => {
    const presence = await announcePresence(own, SILENT, time.options);
    onTestFinished(() => presence.close());
    return startRegistry({ driver: own, presence });
  };
  const first = await start(driver);
  await meanwhile(first, time);
  const registries: [TestRegistry, TestRegistry] = [first, await start(overrideDriver(driver, override))];
  await time.pass(4000);
  await time.pass(2500);
  return registries;
}

/** What deletes have to hold on both: a file system, and a flat store of objects, whose directories move piece by piece. */
export const STORES: Readonly<Record<string, (driver: StorageDriver) => StorageDriver>> = {
  'directories that move at once': (driver) => driver,
  objects: (driver) => {
    const { atomicDirectoryMove: _, ...capabilities } = driver.capabilities;
    return overrideDriver(driver, {
      capabilities,
      move: async (source, destination, options) => {
        if ((await driver.stat(source)).isDir) throw new Error(`the directory ${source} is moved`);
        await driver.move(source, destination, options);
      },
    });
  },
};
