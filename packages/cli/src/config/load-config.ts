import { readFile } from 'node:fs/promises';
import type { ZodError } from 'zod';
import { checkKeys } from './check-keys.js';
import type { Config } from './config.js';
import type { ConfigIssue } from './config-error.js';
import { ConfigError } from './config-error.js';
import { defaultConfig } from './default-config.js';
import type { ListenAddress } from './listen-address.js';
import { isLoopback, parseAddress } from './listen-address.js';
import type { ConfigNode } from './node.js';
import { ConfigMap, Leaf, toInput, toPlain, whereIs } from './node.js';
import type { Environment } from './overrides.js';
import { CONFIG_PATH_VARIABLE, applyOverrides } from './overrides.js';
import { parseYaml } from './parse-yaml.js';
import type { ConfigData } from './schema.js';
import { schema } from './schema.js';
import type { HttpAddresses } from './sections/http.js';
import { driverKeys, expandStorage } from './storage.js';
import { toConfig } from './to-config.js';

export interface LoadedConfig {
  readonly config: Config;
  /** The file, or undefined when there was none. */
  readonly file: string | undefined;
  /** What an operator should know, in sentences for the log. */
  readonly warnings: readonly ConfigIssue[];
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
  const parsed = parseConfig(text, file ?? 'the built-in configuration', environment);
  return { ...parsed, file };
}

/** @param name - of the text, for messages */
export function parseConfig(
  text: string,
  name: string,
  environment: Environment,
): Omit<LoadedConfig, 'file'> {
  const root = parseYaml(text, name);
  if (!(root instanceof ConfigMap))
    throw new ConfigError([{ key: '', where: name, message: 'must be a map' }]);
  expandStorage(root);
  const notes = applyOverrides(root, environment);
  const { data, error } = schema.safeParse(toInput(root));
  const found = checkKeys(root);
  const isStrict = data?.outrigger.profile === 'strict';
  const issues = [
    ...(error === undefined ? [] : toIssues(root, error)),
    ...found.refused,
    ...(isStrict ? found.unknown : []),
  ];
  const driver = pickDriver(root, issues);
  const addresses = data === undefined ? undefined : pickAddresses(root, data, issues);
  if (data === undefined || driver === undefined || addresses === undefined || issues.length > 0)
    throw new ConfigError(issues);
  const config = toConfig(data, driver, addresses);
  return {
    config,
    warnings: [...notes, ...(isStrict ? [] : found.unknown), ...found.notes, ...advise(root, config)],
  };
}

/** Exactly one key below `storage` names a driver. */
function pickDriver(
  root: ConfigMap,
  issues: ConfigIssue[],
): Pick<Config['storage'], 'driver' | 'parameters'> | undefined {
  const storage = root.entries.get('storage');
  const [driver, ...others] = storage instanceof ConfigMap ? driverKeys(storage) : [];
  if (!(storage instanceof ConfigMap) || driver === undefined) {
    issues.push({ key: 'storage', where: (storage ?? root).where, message: 'names no storage driver' });
    return undefined;
  }
  if (others.length > 0) {
    const names = [driver, ...others].join(', ');
    const message = `must provide exactly one storage driver, provided: ${names} (REGISTRY_STORAGE=<name> replaces what the file says)`;
    issues.push({ key: 'storage', where: storage.where, message });
    return undefined;
  }
  const parameters = storage.entries.get(driver);
  if (parameters instanceof ConfigMap) return { driver, parameters: toRecord(parameters) };
  if (parameters instanceof Leaf && parameters.value === null) return { driver, parameters: {} };
  issues.push({
    key: `storage.${driver}`,
    where: whereIs(root, ['storage', driver]),
    message: 'must be a map',
  });
  return undefined;
}

function pickAddresses(
  root: ConfigMap,
  { http }: ConfigData,
  issues: ConfigIssue[],
): HttpAddresses | undefined {
  const { net = 'tcp', addr = net === 'tcp' ? ':5000' : '' } = http;
  const read = (key: string, net: 'tcp' | 'unix', spelt: string): ListenAddress | undefined => {
    const address = parseAddress(net, spelt);
    const message = net === 'tcp' ? 'must be host:port, such as 127.0.0.1:5000' : 'must be an absolute path';
    if (address === undefined) issues.push({ key, where: whereIs(root, key.split('.')), message });
    return address;
  };
  const debug = http.debug.addr === undefined ? undefined : read('http.debug.addr', 'tcp', http.debug.addr);
  const address = read('http.addr', net, addr);
  return address === undefined ? undefined : { address, debug };
}

/** What is allowed and still deserves a word. */
function advise(root: ConfigMap, { http, storage }: Config): ConfigIssue[] {
  const advice: ConfigIssue[] = [];
  const say = (key: string, message: string) =>
    advice.push({ key, where: whereIs(root, key.split('.')), message });
  if (!isLoopback(http.address))
    say('http.addr', 'everybody who can reach this address may pull and push: there is no authentication');
  if (storage.driver === 'inmemory') say('storage.inmemory', 'what is pushed is lost when the process ends');
  return advice;
}

function toIssues(root: ConfigNode, error: ZodError): ConfigIssue[] {
  return error.issues.map(({ path, message }) => ({
    key: path.join('.'),
    where: whereIs(root, path),
    message,
  }));
}

function toRecord(map: ConfigMap): Record<string, unknown> {
  return Object.fromEntries([...map.entries].map(([key, value]) => [key, toPlain(value)]));
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
