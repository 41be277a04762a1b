import type { ConfigIssue } from './config-error.js';
import type { KeyRule } from './keys.js';
import { ANY_KEY, KEYS, isRules } from './keys.js';
import type { ConfigNode } from './node.js';
import { ConfigList, ConfigMap } from './node.js';
import { parseYaml } from './parse-yaml.js';
import { expandStorage } from './storage.js';

export type Environment = Readonly<Record<string, string | undefined>>;

const PREFIX = 'REGISTRY_';
/** Names the file, as for Distribution; it is not a key in it. */
export const CONFIG_PATH_VARIABLE = 'REGISTRY_CONFIGURATION_PATH';

/**
 * Applies the variables `REGISTRY_A_B_C` to the keys `a.b.c`, as Distribution does (its configuration/parser.go): in the order of
 * their names, so that REGISTRY_STORAGE comes before REGISTRY_STORAGE_S3_BUCKET; each value is YAML; a number is the
 * index in a list, the next free one makes a new item; a key that is not there is made, in lower case.
 *
 * @returns notes on the variables that name nothing: Kubernetes for one sets REGISTRY_PORT for a service `registry`
 */
export function applyOverrides(root: ConfigMap, environment: Environment): ConfigIssue[] {
  const notes: ConfigIssue[] = [];
  for (const name of Object.keys(environment).sort()) {
    const value = environment[name];
    if (!name.startsWith(PREFIX) || name === CONFIG_PATH_VARIABLE || value === undefined) continue;
    const path = name.slice(PREFIX.length).split('_');
    const problem = override(root, KEYS, path, () => parseYaml(value, name, false), name);
    expandStorage(root);
    if (problem !== undefined) notes.push({ key: '', where: name, message: `ignored: ${problem}` });
  }
  return notes;
}

/** @returns why the path leads nowhere */
function override(
  node: ConfigMap | ConfigList,
  rule: KeyRule,
  [step = '', ...rest]: readonly string[],
  parse: () => ConfigNode,
  where: string,
): string | undefined {
  const place = node instanceof ConfigMap ? findKey(node, rule, step) : findIndex(node, step);
  if (typeof place === 'string') return place;
  if (rest.length === 0) {
    set(node, place.key, parse());
    return undefined;
  }
  const present =
    node instanceof ConfigMap ? node.entries.get(String(place.key)) : node.items[Number(place.key)];
  if (present instanceof ConfigMap || present instanceof ConfigList)
    return override(present, place.rule, rest, parse, where);
  if (place.rule === 'used' || (present !== undefined && present.value !== null)) return 'no such key';
  const made = place.rule === 'list' ? new ConfigList(node.where) : new ConfigMap(node.where);
  const problem = override(made, place.rule, rest, parse, where);
  if (problem === undefined) set(node, place.key, made);
  return problem;
}

interface Place {
  readonly key: string | number;
  readonly rule: KeyRule;
}

function findKey(node: ConfigMap, rule: KeyRule, step: string): Place | string {
  const matches = (key: string) => key.toUpperCase() === step.toUpperCase();
  const present = [...node.entries.keys()].find(matches);
  if (!isRules(rule))
    return step === '' ? 'no such key' : { key: present ?? step.toLowerCase(), rule: 'free' };
  const declared = [...rule.keys()].find((key) => key !== ANY_KEY && matches(key));
  const found = rule.get(declared ?? ANY_KEY);
  if (found === undefined || step === '') return 'no such key';
  return { key: declared ?? present ?? step.toLowerCase(), rule: found };
}

function findIndex(node: ConfigList, step: string): Place | string {
  const index = /^\d{1,4}$/.test(step) ? Number(step) : Number.NaN;
  return index <= node.items.length ? { key: index, rule: 'free' } : 'no such index in the list';
}

function set(node: ConfigMap | ConfigList, key: string | number, value: ConfigNode): void {
  if (node instanceof ConfigMap) node.entries.set(String(key), value);
  else node.items[Number(key)] = value;
}
