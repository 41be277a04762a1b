import { onTestFinished } from 'vitest';
import type { PullThroughOptions, RegistryOptions } from '../../src/index.js';
import { openPullThrough } from '../../src/index.js';
import type { TestRegistry } from '../registry-fixture.js';
import { memoryDriver, startRegistry } from '../registry-fixture.js';

/** A registry that is a cache of `url`. */
export async function startProxy(
  url: string,
  options: Partial<PullThroughOptions> = {},
  registryOptions: Partial<RegistryOptions> = {},
): Promise<TestRegistry> {
  const pullThrough = await openPullThrough({
    url,
    refusePrivate: false,
    patienceMs: 30_000,
    ttlMs: undefined,
    cacheWriteTimeoutMs: 300_000,
    ...options,
  });
  onTestFinished(() => pullThrough.close());
  const driver = registryOptions.driver ?? (await memoryDriver());
  const registry = await startRegistry({ ...registryOptions, driver, pullThrough });
  return registry;
}
