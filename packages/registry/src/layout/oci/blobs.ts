import { statContent } from '../../blobs/blob-content.js';
import type { Digest } from '../../reference/digest.js';
import { acknowledgeDone } from '../../gc/acknowledge.js';
import { deleteIfPresent } from '../delete-if-present.js';
import { orAbsent } from '../or-absent.js';
import type { BlobMembership } from '../layout.js';
import { eachDigest } from '../list-directory.js';
import type { OciStore } from './oci-store.js';
import { blobFile, blobs } from './paths.js';

/** A repository has the blobs that lie in its layout. */
export function createBlobMembership(store: OciStore): BlobMembership {
  const { driver, sizes, layout, indexes, reachable, gate } = store;
  const stat = (name: string, digest: Digest, options?: Parameters<BlobMembership['stat']>[2]) =>
    statContent(store, name, digest, options);
  const remove = (name: string, digest: Digest): Promise<boolean> =>
    sizes.change(layout.contentKey(name, digest), () => deleteIfPresent(driver, blobFile(name, digest)));
  return {
    resolve: async (name, digest, options) =>
      (await stat(name, digest, options)) === undefined ? undefined : digest,
    async stat(name, digest, options) {
      const size = await stat(name, digest, options);
      return size === undefined ? undefined : { target: digest, size };
    },
    add: () => Promise.resolve(),
    async remove(name, digest) {
      // A manifest goes by itself, with its descriptors.
      const isListed = await indexes.find(name, ({ byDigest }) => byDigest.get(digest.text));
      return isListed === undefined && remove(name, digest);
    },
    async mount(name, digest, from, target) {
      if (from === undefined) return false;
      const keys = [from, name].map((each) => layout.contentKey(each, target));
      return acknowledgeDone(gate, keys, async () => {
        if ((await stat(name, digest)) !== undefined) return true;
        if ((await stat(from, target)) === undefined) return false;
        return bring(store, name, digest, from);
      });
    },
    async *list(name, options) {
      const document = await indexes.readNow(name);
      const manifests = await reachable.find(name, document);
      for await (const digest of eachDigest(driver, blobs(name), options))
        if (!document.byDigest.has(digest.text) && !manifests.has(digest.text)) yield digest;
    },
    async removeContent(name, digest) {
      await remove(name, digest);
    },
  };
}

/**
 * A copy by the store itself. Where it has none, or one that others may see half done, the client sends the blob: a mount may always be
 * answered so (distribution-spec, "Mounting a blob from another repository").
 */
async function bring(
  { driver, sizes, layout }: OciStore,
  name: string,
  digest: Digest,
  from: string,
): Promise<boolean> {
  if (driver.copy === undefined || driver.capabilities.atomicMove !== true) return false;
  const copy = driver.copy.bind(driver);
  const isThere = await orAbsent(
    sizes
      .change(layout.contentKey(name, digest), () => copy(blobFile(from, digest), blobFile(name, digest)))
      .then(() => true),
  );
  return isThere ?? false;
}
