import type { GarbageSource } from '../../gc/garbage-source.js';
import { manifestKey, parseKey } from '../../gc/keys.js';
import type { GarbageManifest } from '../../gc/survey.js';
import { tryParseDigest } from '../../reference/digest.js';
import { deleteIfPresent } from '../delete-if-present.js';
import { referrer } from '../paths.js';
import type { OciStore } from './oci-store.js';
import { blobFile } from './paths.js';
import { surveyLayouts } from './survey-layouts.js';

/** Each repository has its own content, so that content and a manifest's membership have the same keys. */
export function createLayoutGarbage(store: OciStore): GarbageSource {
  return {
    contentKey: manifestKey,
    survey: (options) => surveyLayouts(store, options),
    removal: () => ({
      manifest: (manifest) => unlist(store, manifest),
      // There are none: what lies in a layout is its repository's.
      links: () => Promise.resolve(),
      async content(key) {
        const { name, digest } = parseKey(key);
        if (name === undefined) return;
        await store.sizes.change(key, () => deleteIfPresent(store.driver, blobFile(name, digest)));
        store.cache.forget(digest);
      },
    }),
  };
}

/** Its content goes by its own key. */
async function unlist(
  { changer, driver }: OciStore,
  { name, digest, references }: GarbageManifest,
): Promise<void> {
  await changer.change(name, {
    apply: (draft) => draft.removeManifest(digest),
  });
  const subject = references.subject === undefined ? undefined : tryParseDigest(references.subject);
  if (subject !== undefined) await deleteIfPresent(driver, referrer(name, subject, digest));
}
