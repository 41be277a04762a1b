import type { ConfigIssue } from './config-error.js';
import { ConfigMap, Leaf, toPlain, whereIs } from './node.js';
import { OUTLINE } from './outline.js';
import type { StorageConfig } from './sections/storage.js';

/**
 * Exactly one key below `storage` names a driver.
 *
 * @param issues - takes what is wrong
 */
export function pickDriver(
  root: ConfigMap,
  issues: ConfigIssue[],
): Pick<StorageConfig, 'driver' | 'parameters'> | undefined {
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
  const key = `storage.${driver}`;
  issues.push({ key, where: whereIs(root, ['storage', driver]), message: 'must be a map' });
  return undefined;
}

/** The keys below `storage` that are drivers' names. */
function driverKeys(storage: ConfigMap): string[] {
  const outline = OUTLINE.kind === 'map' ? OUTLINE.keys.get('storage') : undefined;
  return [...storage.entries.keys()].filter((key) => !(outline?.kind === 'map' && outline.keys.has(key)));
}

function toRecord(map: ConfigMap): Record<string, unknown> {
  return Object.fromEntries([...map.entries].map(([key, value]) => [key, toPlain(value)]));
}
