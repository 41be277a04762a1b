import type { Parameters } from '@outrigger/driver';
import type { DriverHostOptions } from '@outrigger/host';
import { ownOptions } from '../commands/own-options.js';
import { loadConfig } from '../config/load-config.js';
import type { Environment } from '../config/overrides.js';
import { parseParameters } from '../driver-test/parameters.js';
import { hostOptions } from '../drivers/host-options.js';
import { EXIT } from '../exit-codes.js';
import { CommandError } from '../failure.js';

/** With what a driver is examined. */
export interface Source {
  readonly parameters: Parameters;
  readonly host: DriverHostOptions;
  /** Whether the registry would send clients to the store. */
  readonly redirects: boolean;
}

/**
 * The parameters as they were given: a JSON map, `-` for one on stdin (a command line is readable by everybody on the machine), or a
 * configuration, which also says where drivers lie and which are pinned.
 *
 * @throws ConfigError, CommandError without a word of the parameters
 */
export async function readSource(
  driver: string,
  given: string | undefined,
  environment: Environment,
): Promise<Source> {
  if (given === undefined) return { parameters: {}, host: ownOptions(), redirects: true };
  if (given === '-') return fromJson(await readStdin());
  if (/^\s*\{/.test(given)) return fromJson(given);
  const { config } = await loadConfig(given, environment);
  const { storage } = config;
  if (!driver.includes('/') && storage.driver !== driver)
    throw new CommandError(`${given} stores with ${storage.driver}, not with ${driver}`, EXIT.usage);
  const { parameters, redirect } = storage;
  return { parameters, host: hostOptions(config, environment), redirects: redirect };
}

function fromJson(text: string): Source {
  return { parameters: parseParameters(text), host: ownOptions(), redirects: true };
}

async function readStdin(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
