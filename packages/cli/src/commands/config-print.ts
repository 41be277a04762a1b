import { stringify } from 'yaml';
import { checkDriver } from '../config/driver-parameters.js';
import { effectiveConfig } from '../config/effective.js';
import { loadConfig } from '../config/load-config.js';
import type { Environment } from '../config/overrides.js';

/**
 * Prints a configuration with everything that is not said in it.
 *
 * @throws ConfigError when it cannot be used
 */
export async function printConfig(path: string | undefined, environment: Environment): Promise<void> {
  const loaded = await loadConfig(path, environment);
  const { maskedParameters } = await checkDriver(loaded, environment);
  const driver = { name: loaded.config.storage.driver, maskedParameters };
  process.stdout.write(stringify(effectiveConfig(loaded.tree, driver), { lineWidth: 0 }));
}
