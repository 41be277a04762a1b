import type { ConfigNode } from './node.js';
import { ConfigMap, Leaf } from './node.js';
import { storesIn } from './stores-in.js';

/** `storage: inmemory` is short for `storage: {inmemory: {}}`, and `auth: none` for `auth: {none: {}}`. */
export function expandShortForms(root: ConfigMap): void {
  expandIn(root, 'storage');
  expandIn(root, 'auth');
  for (const store of storesIn(root)) expandIn(store, 'storage');
}

function expandIn(map: ConfigMap, key: string): void {
  const short = map.entries.get(key);
  if (isName(short)) map.entries.set(key, expand(short));
}

/** `loglevel` is an older key for `log.level`, which goes before it. */
export function moveLogLevel(root: ConfigMap): void {
  const level = root.entries.get('loglevel');
  const log = root.entries.get('log') ?? new ConfigMap(root.where);
  if (level === undefined || !(log instanceof ConfigMap) || log.entries.has('level')) return;
  log.entries.set('level', level);
  root.entries.set('log', log);
}

function expand({ value, where }: Leaf): ConfigMap {
  const expanded = new ConfigMap(where);
  expanded.entries.set(String(value), new ConfigMap(where));
  return expanded;
}

function isName(node: ConfigNode | undefined): node is Leaf {
  return node instanceof Leaf && typeof node.value === 'string' && node.value !== '';
}
