import type { ZodError } from 'zod';
import { checkExposure } from './check-exposure.js';
import { checkKeys } from './check-keys.js';
import { checkSections } from './check-sections.js';
import type { Config, StoreConfig } from './config.js';
import type { ConfigIssue } from './config-error.js';
import { ConfigError } from './config-error.js';
import { Findings } from './findings.js';
import type { ConfigNode } from './node.js';
import { ConfigMap, Leaf, toInput, whereIs } from './node.js';
import type { Environment } from './overrides.js';
import { applyOverrides } from './overrides.js';
import { parseYaml } from './parse-yaml.js';
import { pickAddresses } from './pick-addresses.js';
import { pickDriver } from './pick-driver.js';
import { schema } from './schema.js';
import { inlineSecrets, readSecrets } from './secrets.js';
import { expandShortForms, moveLogLevel } from './short-forms.js';
import { storesIn } from './stores-in.js';
import { checkStores, issuesOfStore, storagesOf, treeOfStore } from './stores.js';
import { toConfig } from './to-config.js';

export interface ParsedConfig {
  readonly config: Config;
  /** What was said, the environment and secret files included. */
  readonly tree: ConfigMap;
  /** What an operator should know. */
  readonly warnings: readonly ConfigIssue[];
}

/**
 * @param name - of the text, for messages
 * @throws ConfigError with everything that is wrong, each with its line and key
 */
export function parseConfig(text: string, name: string, environment: Environment): ParsedConfig {
  const tree = parseYaml(text, name);
  if (!(tree instanceof ConfigMap))
    throw new ConfigError([{ key: '', where: name, message: 'must be a map' }]);
  expandShortForms(tree);
  const notes = applyOverrides(tree, environment);
  moveLogLevel(tree);
  const findings = new Findings(tree);
  findings.errors.push(...readSecrets(tree, environment));
  const found = checkKeys(tree);
  const config = convert(tree, findings);
  findings.errors.push(...found.refused);
  if (isStrict(tree)) {
    findings.errors.push(...found.unknown);
    warnOfSecrets(tree, name, findings);
  } else findings.warnings.unshift(...found.unknown);
  if (config === undefined || findings.errors.length > 0) throw new ConfigError(findings.errors);
  return { config, tree, warnings: [...notes, ...found.notes, ...findings.warnings] };
}

function convert(tree: ConfigMap, findings: Findings): Config | undefined {
  const { data, error } = schema.safeParse(toInput(tree));
  if (error !== undefined) findings.errors.push(...toIssues(tree, error));
  const driver = pickDriver(tree, findings.errors);
  if (data === undefined) return undefined;
  checkSections(data, findings);
  const addresses = pickAddresses(data.http, findings);
  if (driver === undefined || addresses === undefined) return undefined;
  const stores = convertStores(tree, addresses, findings);
  const config = toConfig(data, driver, addresses, stores);
  checkStores(config, stores, findings);
  checkExposure(config, findings);
  checkWorkers(config, findings);
  return config;
}

/** Their form was found to be right with that of the whole. */
function convertStores(
  tree: ConfigMap,
  addresses: Parameters<typeof toConfig>[2],
  findings: Findings,
): StoreConfig[] {
  return storesIn(tree).flatMap((store, index) => {
    const own = treeOfStore(tree, store);
    const issues: ConfigIssue[] = [];
    const driver = pickDriver(own, issues);
    findings.errors.push(...issuesOfStore(issues, index));
    if (driver === undefined) return [];
    const prefix = String(toInputText(store.entries.get('prefix')));
    return [{ prefix, config: toConfig(schema.parse(toInput(own)), driver, addresses, []) }];
  });
}

function checkWorkers(config: Config, findings: Findings): void {
  if (config.workers === 1 || config.workers === 'auto') return;
  if (storagesOf(config).some(({ driver }) => driver === 'inmemory'))
    findings.error('outrigger.workers', 'must be 1: the processes would each have a store of their own');
}

/** Known even when the rest is wrong. */
function isStrict(tree: ConfigMap): boolean {
  const own = tree.entries.get('outrigger');
  const profile = own instanceof ConfigMap ? own.entries.get('profile') : undefined;
  return profile !== undefined && String(toInputText(profile)).toLowerCase() === 'strict';
}

function toInputText(node: ConfigNode | undefined): unknown {
  return node instanceof Leaf ? node.value : undefined;
}

function warnOfSecrets(tree: ConfigMap, name: string, findings: Findings): void {
  const isInFile = ({ where }: Leaf) => where.startsWith(`${name}:`);
  for (const key of inlineSecrets(tree, isInFile))
    findings.warn(key, 'a secret stands in the file; outrigger.secrets can name another file that has it');
}

function toIssues(root: ConfigNode, error: ZodError): ConfigIssue[] {
  return error.issues.map(({ path, message }) => ({
    key: path.join('.'),
    where: whereIs(root, path),
    message,
  }));
}
