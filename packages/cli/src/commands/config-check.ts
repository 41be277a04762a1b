import { checkFiles } from '../config/check-files.js';
import { ConfigError, formatIssue } from '../config/config-error.js';
import { checkDrivers } from '../config/driver-parameters.js';
import { loadConfig } from '../config/load-config.js';
import type { Environment } from '../config/overrides.js';
import { checkRetention } from '../serve/retention.js';
import { validationOptions } from '../serve/validation.js';

/**
 * Prints the warnings of a configuration, and that it is good.
 *
 * @throws ConfigError when it is not
 */
export async function checkConfig(path: string | undefined, environment: Environment): Promise<void> {
  const loaded = await loadConfig(path, environment);
  const { config, tree } = loaded;
  await validationOptions(config.validation);
  await checkRetention(config);
  const drivers = await checkDrivers(loaded, environment);
  const all = [
    ...loaded.warnings,
    ...drivers.flatMap(({ warnings }) => warnings),
    ...(await checkFiles(config, tree)),
  ];
  for (const warning of all) process.stdout.write(`warning: ${formatIssue(warning)}\n`);
  const errors = drivers.flatMap((each) => each.errors);
  if (errors.length > 0) throw new ConfigError(errors);
  const name = loaded.file ?? 'the built-in configuration';
  const count = all.length === 1 ? '1 warning' : `${String(all.length)} warnings`;
  process.stdout.write(`${name}: good, profile ${config.profile}, ${describe(drivers)}, ${count}\n`);
}

function describe(drivers: readonly { readonly driver: string }[]): string {
  const names = drivers.map(({ driver }) => driver).join(', ');
  return drivers.length === 1 ? `storage driver ${names}` : `storage drivers ${names}`;
}
