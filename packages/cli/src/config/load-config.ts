import { readFile } from 'node:fs/promises';
import { ConfigError } from './config-error.js';
import { defaultConfig } from './default-config.js';
import type { Environment } from './overrides.js';
import { CONFIG_PATH_VARIABLE } from './overrides.js';
import type { ParsedConfig } from './parse-config.js';
import { parseConfig } from './parse-config.js';

export interface LoadedConfig extends ParsedConfig {
  /** The file, or undefined when there was none. */
  readonly file: string | undefined;
}

/**
 * The configuration in a file, or named by REGISTRY_CONFIGURATION_PATH, or our own when there is neither; overridden by
 * the environment.
 *
 * @throws ConfigError with everything that is wrong, each with its line and key
 */
export async function loadConfig(path: string | undefined, environment: Environment): Promise<LoadedConfig> {
  const file = path ?? environment[CONFIG_PATH_VARIABLE];
  const text = file === undefined ? defaultConfig(environment) : await read(file);
  return { ...parseConfig(text, file ?? 'the built-in configuration', environment), file };
}

/** @throws ConfigError when the file cannot be read */
async function read(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw new ConfigError([{ key: '', where: file, message: `cannot be read: ${code}` }]);
  }
}
