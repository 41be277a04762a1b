import { realpathSync } from 'node:fs';
import { delimiter, dirname, isAbsolute, join } from 'node:path';
import type { DriverHostOptions } from '@outrigger/host';
import type { Config } from '../config/config.js';
import type { Environment } from '../config/overrides.js';
import { readVersion } from '../version.js';
import { shippedDirectories } from './shipped-directories.js';

/** How drivers are searched for and run: the configured directories, those of this installation, then the PATH. */
export function hostOptions(
  config: Pick<Config, 'driverDirectories' | 'drivers' | 'profile'>,
  environment: Environment,
): DriverHostOptions {
  const pins = Object.entries(config.drivers).flatMap(([name, { sha256 }]) =>
    sha256 === undefined ? [] : [[name, sha256] as const],
  );
  return {
    hostVersion: readVersion(),
    driverDirectories: [...config.driverDirectories, ...shippedDirectories()],
    pins: Object.fromEntries(pins),
    strict: config.profile === 'strict',
    environment: withOurNode(environment),
  };
}

/** A driver for Node starts with `env node`, and shall have the Node that we have, not an older one of the machine. */
function withOurNode(environment: Environment): Environment {
  const ours = dirname(process.execPath);
  const path = environment.PATH ?? '';
  const first = path
    .split(delimiter)
    .find((directory) => isAbsolute(directory) && realNode(directory) !== undefined);
  if (first !== undefined && realNode(first) === realpathSync(process.execPath)) return environment;
  return { ...environment, PATH: [ours, path].filter((part) => part !== '').join(delimiter) };
}

function realNode(directory: string): string | undefined {
  try {
    return realpathSync(join(directory, 'node'));
  } catch {
    return undefined;
  }
}
