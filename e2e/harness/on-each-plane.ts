import { afterAll, beforeAll, describe } from 'vitest';
import { Journal } from './audit.js';
import type { RunningRegistry } from './start-registry.js';
import { PLANES, startRegistry } from './start-registry.js';

/**
 * Registers the tests of one client once for each data plane, over the filesystem driver in its own process. In the
 * end every tag that is left has to lead to content with the right digests.
 *
 * @param register - `current` is the registry, while tests run
 */
export function describeOnEachPlane(
  client: string,
  register: (current: () => RunningRegistry) => void,
): void {
  describe.each(PLANES)(`${client}, with the driver on the plane %s:`, (plane) => {
    let registry: RunningRegistry | undefined;
    const current = () => {
      if (registry === undefined) throw new Error('the registry does not run');
      return registry;
    };

    beforeAll(async () => {
      registry = await startRegistry({ plane });
    });

    afterAll(async () => {
      try {
        await new Journal().audit(current());
      } finally {
        await current().stop();
      }
    });

    register(current);
  });
}
