import { ConfigList, ConfigMap, find } from './node.js';

/** Where the stores are in a configuration. */
export const STORES = ['outrigger', 'stores'] as const;

/** The items of `outrigger.stores`. */
export function storesIn(root: ConfigMap): readonly ConfigMap[] {
  const list = find(root, STORES);
  const items = list instanceof ConfigList ? list.items : [];
  return items.filter((item) => item instanceof ConfigMap);
}
