import { ANY_KEY, KEYS, isRules } from './keys.js';
import { ConfigMap, Leaf } from './node.js';

/** `storage: inmemory` is short for `storage: {inmemory: {}}`. */
export function expandStorage(root: ConfigMap): void {
  const storage = root.entries.get('storage');
  if (!(storage instanceof Leaf) || typeof storage.value !== 'string') return;
  const expanded = new ConfigMap(storage.where);
  expanded.entries.set(storage.value, new ConfigMap(storage.where));
  root.entries.set('storage', expanded);
}

/** The keys below `storage` that are drivers' names. */
export function driverKeys(storage: ConfigMap): string[] {
  const rule = KEYS.get('storage');
  const settings =
    rule !== undefined && isRules(rule) ? [...rule.keys()].filter((key) => key !== ANY_KEY) : [];
  return [...storage.entries.keys()].filter((key) => !settings.includes(key));
}
