import { onTestFinished } from 'vitest';
import type { Exit, RegistryOptions } from './start-registry.js';
import { launchRegistry } from './start-registry.js';

/** Starts a registry that is expected not to come up, and tells how it ended. */
export async function serveFailure(options: RegistryOptions): Promise<Exit> {
  const launched = await launchRegistry(options);
  onTestFinished(async () => {
    await launched.stop();
  });
  return launched.exited;
}
