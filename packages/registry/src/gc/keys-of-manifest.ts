import type { Manifest } from '../manifests/parse-manifest.js';
import type { Digest } from '../reference/digest.js';
import type { Store } from '../store.js';
import type { GarbageKey } from './keys.js';
import { manifestKey } from './keys.js';

/** What must stay for a manifest to stay in a repository; the sweeper knows what follows from it. */
export function keysOfManifest({ layout }: Store, name: string, digest: Digest): GarbageKey[] {
  return [layout.contentKey(name, digest), manifestKey(name, digest.text)];
}

/** What the push of a manifest relies on: itself, all that it names, and its subject. */
export async function keysOfPush(
  store: Store,
  name: string,
  digest: Digest,
  { blobs, manifests, subject }: Manifest,
): Promise<GarbageKey[]> {
  const { layout } = store;
  const keyOf = (each: Digest) => layout.contentKey(name, each);
  const others = blobs.filter((each) => each.digest.algorithm !== 'sha256');
  // A store of Distribution may keep them under another digest.
  const targets = await Promise.all(others.map((each) => layout.blobs.resolve(name, each.digest)));
  return [
    ...keysOfManifest(store, name, digest),
    ...blobs.map((each) => keyOf(each.digest)),
    ...targets.flatMap((target) => (target === undefined ? [] : [keyOf(target)])),
    ...manifests.flatMap((each) => keysOfManifest(store, name, each.digest)),
    ...(subject === undefined ? [] : keysOfManifest(store, name, subject.digest)),
  ];
}
