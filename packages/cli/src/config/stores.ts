import { isDeepStrictEqual } from 'node:util';
import { findByPrefix, isName } from '@outrigger/registry';
import type { Config, StoreConfig } from './config.js';
import type { ConfigIssue } from './config-error.js';
import type { Findings } from './findings.js';
import type { ConfigNode } from './node.js';
import { ConfigMap } from './node.js';
import { OUTLINE } from './outline.js';
import { STORE_SECTIONS } from './sections/store.js';
import { STORES } from './stores-in.js';

/**
 * What a configuration would be if it had one of its stores alone: the driver and the middleware are those of the store, and
 * what the store does not say of all else is as in the whole.
 *
 * @param store - an item of `outrigger.stores`
 */
export function treeOfStore(root: ConfigMap, store: ConfigMap): ConfigMap {
  const tree = copyWithout(root, ['storage', 'middleware', 'outrigger']);
  const own = root.entries.get('outrigger');
  const outrigger = own instanceof ConfigMap ? copyWithout(own, ['stores']) : new ConfigMap(store.where);
  for (const key of STORE_SECTIONS) take(outrigger, store, key);
  tree.entries.set('outrigger', outrigger);
  tree.entries.set('storage', storageOf(root, store));
  take(tree, store, 'middleware');
  return tree;
}

/** The keys of a driver are the store's alone; those beside them may come from the whole. */
function storageOf(root: ConfigMap, store: ConfigMap): ConfigMap {
  const given = store.entries.get('storage');
  const storage = given instanceof ConfigMap ? copyWithout(given, []) : new ConfigMap(store.where);
  const outline = OUTLINE.kind === 'map' ? OUTLINE.keys.get('storage') : undefined;
  const whole = root.entries.get('storage');
  if (outline?.kind !== 'map' || !(whole instanceof ConfigMap)) return storage;
  for (const key of outline.keys.keys()) if (!storage.entries.has(key)) take(storage, whole, key);
  return storage;
}

function copyWithout(map: ConfigMap, keys: readonly string[]): ConfigMap {
  const copy = new ConfigMap(map.where);
  for (const [key, child] of map.entries) if (!keys.includes(key)) copy.entries.set(key, child);
  return copy;
}

function take(to: ConfigMap, from: ConfigMap, key: string): void {
  const child: ConfigNode | undefined = from.entries.get(key);
  if (child !== undefined) to.entries.set(key, child);
}

/** All storage of a registry, the main one first. */
export function storagesOf({ storage, stores }: Pick<Config, 'storage' | 'stores'>): Config['storage'][] {
  return [storage, ...stores.map(({ config }) => config.storage)];
}

/** The prefix of the store that has a repository: of two that fit the longer one. Undefined: the main store. */
export function storeOf({ stores }: Pick<Config, 'stores'>, name: string): string | undefined {
  return findByPrefix(stores, name)?.prefix;
}

/** Two stores must not be for the same repositories, nor have the same storage. */
export function checkStores(main: Config, stores: readonly StoreConfig[], findings: Findings): void {
  stores.forEach(({ prefix, config }, index) => {
    const key = [...STORES, index].join('.');
    if (!isName(prefix)) findings.error(`${key}.prefix`, 'must be the name of a repository');
    const before = stores.slice(0, index);
    if (before.some((each) => each.prefix === prefix)) findings.error(`${key}.prefix`, 'is there already');
    const isSame = ({ storage }: Config) => isSameStorage(storage, config.storage);
    if (isSame(main) || before.some((each) => isSame(each.config)))
      findings.error(`${key}.storage`, 'is the storage of another store: each needs its own');
  });
}

/** Each store in memory is one of its own. */
function isSameStorage(a: Config['storage'], b: Config['storage']): boolean {
  const isSame = a.driver === b.driver && isDeepStrictEqual(a.parameters, b.parameters);
  return isSame && a.driver !== 'inmemory';
}

/** Issues of a store's own configuration, as issues of the whole. */
export function issuesOfStore(issues: readonly ConfigIssue[], index: number): ConfigIssue[] {
  return issues.map((issue) => ({ ...issue, key: [...STORES, index, issue.key].join('.') }));
}
