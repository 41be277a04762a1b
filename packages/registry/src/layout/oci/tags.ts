import { compareNames } from '@outrigger/driver';
import { statContent } from '../../blobs/blob-content.js';
import type { Digest } from '../../reference/digest.js';
import { RegistryError } from '../../registry-error.js';
import type { Tags } from '../layout.js';
import { orAbsent } from '../or-absent.js';
import { pageOfTags } from '../page-of-tags.js';
import type { IndexDocument } from './index-document.js';
import type { ListedManifest } from './index-draft.js';
import type { OciStore } from './oci-store.js';
import { blobs, layoutFile } from './paths.js';

/** Tags are names of descriptors in index.json, as far as they are valid tags. */
export function createTags(store: OciStore): Tags {
  const { indexes, changer, driver } = store;
  const sorted = new WeakMap<IndexDocument, readonly string[]>();
  const names = (document: IndexDocument): readonly string[] => {
    const known = sorted.get(document) ?? [...document.tags.keys()].sort(compareNames);
    sorted.set(document, known);
    return known;
  };
  const resolve: Tags['resolve'] = (name, tag, options) =>
    indexes.find(name, ({ tags }) => tags.get(tag), options);
  return {
    resolve,
    async list(name, { limit, last, signal }) {
      const document = await indexes.read(name, { signal });
      if (document !== undefined) return pageOfTags(names(document), limit, last);
      for (const path of [layoutFile(name), blobs(name)])
        if ((await orAbsent(driver.stat(path, { signal }))) !== undefined) return { tags: [], more: false };
      throw new RegistryError('NAME_UNKNOWN', 'repository name not known to the registry', { name });
    },
    async set(name, tag, digest) {
      const manifest = await describe(store, name, digest);
      await changer.change(name, {
        apply: (draft) => {
          draft.put(manifest, [tag], undefined);
        },
      });
    },
    async delete(name, tag) {
      if ((await resolve(name, tag)) === undefined) return false;
      return changer.change(name, {
        apply: (draft) => draft.removeTag(tag),
      });
    },
  };
}

/** A manifest that the repository has. */
async function describe(store: OciStore, name: string, digest: Digest): Promise<ListedManifest> {
  const document = await store.indexes.readNow(name);
  const listed = document.byDigest.get(digest.text)?.fields;
  const { mediaType = listed?.mediaType } =
    (await store.reachable.find(name, document)).get(digest.text) ?? {};
  const size = await statContent(store, name, digest);
  if (typeof mediaType !== 'string' || size === undefined)
    throw new RegistryError('MANIFEST_UNKNOWN', 'manifest unknown to the repository', {
      reference: digest.text,
    });
  return { digest, mediaType, size };
}
