import type { ConfigIssue } from './config-error.js';
import type { ConfigMap } from './node.js';
import { OUTLINE } from './outline.js';
import { parseYaml } from './parse-yaml.js';
import { setKey } from './set-key.js';
import { expandShortForms } from './short-forms.js';

export type Environment = Readonly<Record<string, string | undefined>>;

const PREFIX = 'REGISTRY_';
/** Names the file, as for Distribution; it is not a key in it. */
export const CONFIG_PATH_VARIABLE = 'REGISTRY_CONFIGURATION_PATH';

/**
 * Applies the variables `REGISTRY_A_B_C` to the keys `a.b.c`, as Distribution does (its configuration/parser.go): in the order of
 * their names, so that REGISTRY_STORAGE comes before REGISTRY_STORAGE_S3_BUCKET; each value is YAML; a number is the
 * index in a list, the next free one makes a new item; a key that is not there is made, in lower case. Distribution goes by
 * the names in its program, which in some places are others than in the file: both are taken.
 *
 * @returns notes on the variables that name nothing: Kubernetes for one sets REGISTRY_PORT for a service `registry`
 */
export function applyOverrides(root: ConfigMap, environment: Environment): ConfigIssue[] {
  const notes: ConfigIssue[] = [];
  for (const name of Object.keys(environment).sort()) {
    const value = environment[name];
    if (!name.startsWith(PREFIX) || name === CONFIG_PATH_VARIABLE || value === undefined) continue;
    const steps = name.slice(PREFIX.length).split('_');
    const problem = setKey(root, OUTLINE, steps, () => parseYaml(value, name, false));
    expandShortForms(root);
    if (problem !== undefined) notes.push({ key: '', where: name, message: `ignored: ${problem}` });
  }
  return notes;
}
