import type { CallOptions } from '@outrigger/driver';
import { statContent } from '../../blobs/blob-content.js';
import { acknowledgeDone } from '../../gc/acknowledge.js';
import { removeContent } from './garbage/remove.js';
import type { Digest } from '../../reference/digest.js';
import type { BlobMembership, BlobSize } from '../layout.js';
import { eachDigest } from '../list-directory.js';
import type { DistributionStore } from './distribution-store.js';
import { layer, layerLink, layers } from './paths.js';

/** A repository has the blobs that it has links to. */
export function createBlobMembership(store: DistributionStore): BlobMembership {
  return {
    resolve: (name, digest, options) => resolveBlob(store, name, digest, options),
    stat: (name, digest, options) => statBlob(store, name, digest, options),
    add: (name, digest) => store.links.write(layerLink(name, digest), digest),
    remove: (name, digest) => store.links.delete(layer(name, digest), layerLink(name, digest)),
    mount: (name, digest, _from, target) =>
      acknowledgeDone(store.gate, [digest.text, target.text], async () => {
        if ((await statContent(store, name, target)) === undefined) return false;
        await store.links.write(layerLink(name, digest), target);
        return true;
      }),
    list: (name, options) => eachDigest(store.driver, layers(name), options),
    removeContent: (_name, digest) =>
      store.sizes.change(digest.text, () => removeContent(store.driver, digest, false)),
  };
}

async function resolveBlob(
  { links, log }: DistributionStore,
  name: string,
  digest: Digest,
  options?: CallOptions,
): Promise<Digest | undefined> {
  const target = await links.read(layerLink(name, digest), options);
  if (target === undefined || target.text === digest.text || target.algorithm !== digest.algorithm)
    return target;
  log.warn({ name, digest: digest.text, target: target.text }, 'a link names another blob: ignored');
  return undefined;
}

async function statBlob(
  store: DistributionStore,
  name: string,
  digest: Digest,
  options?: CallOptions,
): Promise<BlobSize | undefined> {
  const [target, size] = await Promise.all([
    resolveBlob(store, name, digest, options),
    statContent(store, name, digest, options),
  ]);
  if (target === undefined) return undefined;
  const found = target.text === digest.text ? size : await statContent(store, name, target, options);
  return found === undefined ? undefined : { target, size: found };
}
