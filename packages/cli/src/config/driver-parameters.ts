import type { DriverInfo } from '@outrigger/host';
import {
  InvalidStorageDriverError,
  RefusedExecutableError,
  describeDriver,
  findSecrets,
} from '@outrigger/host';
import { hostOptions } from '../drivers/host-options.js';
import { compareParameters } from './compare-parameters.js';
import type { ConfigIssue } from './config-error.js';
import { whereIs } from './node.js';
import type { LoadedConfig } from './load-config.js';
import type { Environment } from './overrides.js';

export interface DriverCheck {
  /** `filesystem 0.1.0` */
  readonly driver: string;
  readonly errors: readonly ConfigIssue[];
  readonly warnings: readonly ConfigIssue[];
  /** The parameters without secrets: all of them are, when the driver does not describe itself. */
  readonly maskedParameters: Readonly<Record<string, unknown>>;
}

/** Asks the storage driver for its description, and compares. It is not started. */
export async function checkDriver(loaded: LoadedConfig, environment: Environment): Promise<DriverCheck> {
  const { config, tree } = loaded;
  const { driver: name, parameters } = config.storage;
  const info = await describe(loaded, environment);
  const description = typeof info === 'string' ? undefined : info.description;
  const schema = description?.parameters;
  const at = (path: readonly PropertyKey[], message: string): ConfigIssue => {
    const key = ['storage', name, ...path.map(String)];
    return { key: key.join('.'), where: whereIs(tree, key), message };
  };
  const problem =
    typeof info === 'string' ? info : description === undefined ? (info.undescribed ?? 'unknown') : undefined;
  const unchecked = `the parameters are not checked: ${problem ?? ''}`;
  return {
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
async function describe({ config }: LoadedConfig, environment: Environment): Promise<DriverInfo | string> {
  try {
    return await describeDriver(config.storage.driver, hostOptions(config, environment));
  } catch (error) {
    if (error instanceof InvalidStorageDriverError || error instanceof RefusedExecutableError)
      return error.message;
    throw error;
  }
}
