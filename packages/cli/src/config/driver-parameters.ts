import type { DriverInfo } from '@outrigger/host';
import {
  InvalidStorageDriverError,
  RefusedExecutableError,
  describeDriver,
  findSecrets,
} from '@outrigger/host';
import { hostOptions } from '../drivers/host-options.js';
import { compareParameters } from './compare-parameters.js';
import type { Config } from './config.js';
import type { ConfigIssue } from './config-error.js';
import type { ConfigNode } from './node.js';
import { whereIs } from './node.js';
import type { LoadedConfig } from './load-config.js';
import type { Environment } from './overrides.js';
import { STORES } from './stores-in.js';

export interface DriverCheck {
  /** Of the driver's key. */
  readonly path: readonly string[];
  /** `filesystem 0.1.0` */
  readonly driver: string;
  readonly errors: readonly ConfigIssue[];
  readonly warnings: readonly ConfigIssue[];
  /** The parameters without secrets: all of them are, when the driver does not describe itself. */
  readonly maskedParameters: Readonly<Record<string, unknown>>;
}

/**
 * Asks all storage drivers for their descriptions, that of the main storage first, and compares. They are not started.
 */
export async function checkDrivers(
  { config, tree }: LoadedConfig,
  environment: Environment,
): Promise<[DriverCheck, ...DriverCheck[]]> {
  const main = await checkDriver(config, { tree, path: [] }, environment);
  const others = config.stores.map((store, index) =>
    checkDriver(store.config, { tree, path: [...STORES, String(index)] }, environment),
  );
  return [main, ...(await Promise.all(others))];
}

interface Place {
  readonly tree: ConfigNode;
  /** Of the map that has the storage. */
  readonly path: readonly string[];
}

async function checkDriver(
  config: Config,
  { tree, path: place }: Place,
  environment: Environment,
): Promise<DriverCheck> {
  const { driver: name, parameters } = config.storage;
  const info = await describe(config, environment);
  const description = typeof info === 'string' ? undefined : info.description;
  const schema = description?.parameters;
  const at = (path: readonly PropertyKey[], message: string): ConfigIssue => {
    const key = [...place, 'storage', name, ...path.map(String)];
    return { key: key.join('.'), where: whereIs(tree, key), message };
  };
  const problem =
    typeof info === 'string' ? info : description === undefined ? (info.undescribed ?? 'unknown') : undefined;
  const unchecked = `the parameters are not checked: ${problem ?? ''}`;
  return {
    path: [...place, 'storage', name],
    driver: description === undefined ? name : `${name} ${description.version}`,
    errors:
      schema === undefined
        ? []
        : compareParameters(parameters, schema).map(({ path, message }) => at(path, message)),
    warnings: problem === undefined ? [] : [at([], unchecked)],
    maskedParameters: findSecrets(parameters, schema).masked,
  };
}

/** @returns why there is none */
async function describe(config: Config, environment: Environment): Promise<DriverInfo | string> {
  try {
    return await describeDriver(config.storage.driver, hostOptions(config, environment));
  } catch (error) {
    if (error instanceof InvalidStorageDriverError || error instanceof RefusedExecutableError)
      return error.message;
    throw error;
  }
}
