import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { driverDirectory, runDriver } from './driver-directory.js';
import type { RegistryOptions, RunningRegistry } from './start-registry.js';
import { startRegistry } from './start-registry.js';
import { makeTemporaryDirectory } from './temporary-directory.js';

/** When the driver kills itself, see e2e/drivers/chaos.mjs. */
export type ChaosRule = (
  | { readonly at: 'read' | 'write'; readonly byte: number }
  | {
      readonly at: 'before' | 'after';
      readonly call: 'commit' | 'put' | 'delete' | 'localFile' | 'writer';
    }
) & { /** Only for paths that have this in them. */ readonly path?: string };

export interface ChaosRegistry {
  readonly registry: RunningRegistry;
  /** Once. */
  readonly arm: (rule: ChaosRule) => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** A registry whose driver kills itself on command. */
export async function startChaosRegistry(options: RegistryOptions): Promise<ChaosRegistry> {
  const own = await makeTemporaryDirectory();
  const control = join(own.path, 'control');
  const registry = await startRegistry({
    ...options,
    driver: 'chaos',
    driverDirectories: [await driverDirectory(own.path, 'chaos', runDriver('chaos'))],
    parameters: { control },
  });
  return {
    registry,
    arm: (rule) => writeFile(control, JSON.stringify(rule)),
    async stop() {
      await registry.stop();
      await own.remove();
    },
  };
}
