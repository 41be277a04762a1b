import type { GarbageSource } from './garbage-source.js';
import type { GarbageKey } from './keys.js';
import { manifestKey } from './keys.js';
import type { GarbageManifest } from './survey.js';

/**
 * Tells, for a key, all that must stay when it does: what a manifest names, its children, and its referrers.
 *
 * @param manifests - those that are garbage
 */
export function createDependents(
  manifests: readonly GarbageManifest[],
  contentKey: GarbageSource['contentKey'],
): (key: GarbageKey) => Set<GarbageKey> {
  const byKey = new Map(manifests.map((each) => [manifestKey(each.name, each.digest.text), each]));
  const referrers = Map.groupBy(manifests, ({ name, references }) =>
    manifestKey(name, references.subject ?? ''),
  );
  return (key) => {
    const found = new Set<GarbageKey>();
    const queue = [key];
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      if (found.has(next)) continue;
      found.add(next);
      const manifest = byKey.get(next);
      if (manifest === undefined) continue;
      const { name, digest, references } = manifest;
      for (const each of [digest.text, ...references.blobs]) queue.push(contentKey(name, each));
      for (const child of references.manifests) queue.push(contentKey(name, child), manifestKey(name, child));
      for (const each of referrers.get(next) ?? []) queue.push(manifestKey(name, each.digest.text));
    }
    return found;
  };
}
