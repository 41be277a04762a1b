import { statContent } from '../../blobs/blob-content.js';
import type { Digest } from '../../reference/digest.js';
import { deleteIfPresent } from '../delete-if-present.js';
import type { ManifestMembership, ManifestPlacement } from '../layout.js';
import { manifestLock } from '../manifest-lock.js';
import type { IndexDocument } from './index-document.js';
import type { OciStore } from './oci-store.js';
import { blobFile } from './paths.js';

/** A repository has the manifests that its index.json lists, and those that it leads to. */
export function createManifestMembership(store: OciStore): ManifestMembership {
  const { indexes, reachable, locks } = store;
  const versions = createVersions();
  const isMember = async (name: string, document: IndexDocument, digest: Digest) => {
    if (document.byDigest.has(digest.text)) return true;
    const isReachable = (await reachable.find(name, document)).has(digest.text);
    // One that was deleted by itself goes on to be named.
    return isReachable && (await statContent(store, name, digest)) !== undefined ? true : undefined;
  };
  const has: ManifestMembership['has'] = async (name, digest, options) =>
    (await indexes.find(name, (document) => isMember(name, document, digest), options)) === true;
  return {
    has,
    async list(name) {
      const document = await indexes.readNow(name);
      const others = await reachable.find(name, document);
      const listed = [...document.byDigest.values()].map(({ digest }) => digest);
      return [...listed, ...[...others.values()].map(({ digest }) => digest)].filter(
        (digest) => digest !== undefined,
      );
    },
    version: async (name) => versions.of(await indexes.readNow(name)),
    async mediaType(name, { text }) {
      const document = await indexes.read(name);
      if (document === undefined) return undefined;
      const said = document.byDigest.get(text)?.fields.mediaType;
      if (typeof said === 'string') return said;
      return (await reachable.find(name, document)).get(text)?.mediaType;
    },
    put: (placement) =>
      locks.share(manifestLock(placement.name, placement.digest), () => putManifest(store, placement)),
    delete: (name, digest, around) =>
      locks.run(manifestLock(name, digest), async () => {
        if (!(await has(name, digest))) return undefined;
        return around(() => removeManifest(store, name, digest));
      }),
  };
}

async function putManifest({ changer }: OciStore, placement: ManifestPlacement): Promise<void> {
  const { name, digest, mediaType, size, tags, guard } = placement;
  await placement.placeContent();
  await placement.fileReferrer();
  await changer.change(name, {
    // Another replica may have deleted it since.
    prepare: placement.placeContent,
    apply: (draft) => {
      draft.put({ digest, mediaType, size }, tags, guard);
    },
  });
}

/** What is pushed again afterwards stays: nobody could tell it from what this has removed. */
function removeManifest(store: OciStore, name: string, digest: Digest): Promise<string[]> {
  return store.changer.change(name, {
    apply: (draft) => draft.removeManifest(digest) ?? [],
    complete: () => removeIfNamed(store, name, digest),
  });
}

/**
 * The content of a manifest stays for the garbage collection, unless an index still leads to it: it would then be a manifest of the
 * repository all the same.
 */
async function removeIfNamed(store: OciStore, name: string, digest: Digest): Promise<void> {
  const { indexes, reachable, sizes, cache, driver, layout } = store;
  const named = await reachable.find(name, await indexes.readNow(name));
  if (!named.has(digest.text)) return;
  await sizes.change(layout.contentKey(name, digest), () => deleteIfPresent(driver, blobFile(name, digest)));
  cache.forget(digest);
}

/** A name for each document. */
function createVersions(): { of(document: IndexDocument): string } {
  const versions = new WeakMap<IndexDocument, string>();
  let count = 0;
  return {
    of(document) {
      const version = versions.get(document) ?? String(count++);
      versions.set(document, version);
      return version;
    },
  };
}
