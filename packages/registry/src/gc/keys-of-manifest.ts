import { resolveBlob } from '../blobs/blob-links.js';
import type { Manifest } from '../manifests/parse-manifest.js';
import type { Digest } from '../reference/digest.js';
import type { Store } from '../store.js';
import type { GarbageKey } from './keys.js';
import { manifestKey } from './keys.js';

/** What must stay for a manifest to stay in a repository; the sweeper knows what follows from it. */
export function keysOfManifest(name: string, { text }: Digest): GarbageKey[] {
  return [text, manifestKey(name, text)];
}

/** What the push of a manifest relies on: itself, all that it names, and its subject. */
export async function keysOfPush(
  store: Store,
  name: string,
  digest: Digest,
  { blobs, manifests, subject }: Manifest,
): Promise<GarbageKey[]> {
  const others = blobs.filter((each) => each.digest.algorithm !== 'sha256');
  // A store of Distribution may keep them under another digest.
  const targets = await Promise.all(others.map((each) => resolveBlob(store, name, each.digest)));
  return [
    ...keysOfManifest(name, digest),
    ...blobs.map((each) => each.digest.text),
    ...targets.flatMap((target) => (target === undefined ? [] : [target.text])),
    ...manifests.flatMap((each) => keysOfManifest(name, each.digest)),
    ...(subject === undefined ? [] : keysOfManifest(name, subject.digest)),
  ];
}
