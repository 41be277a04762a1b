import { stringify } from 'yaml';
import { checkDrivers } from '../config/driver-parameters.js';
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
  const drivers = await checkDrivers(loaded, environment);
  process.stdout.write(stringify(effectiveConfig(loaded.tree, drivers), { lineWidth: 0 }));
}
