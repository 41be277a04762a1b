import type { Digest } from '../../reference/digest.js';
import { deleteInTurn, pushInTurn } from '../../replicas/turns.js';
import type { ManifestMembership, ManifestPlacement } from '../layout.js';
import { listDigests } from '../list-directory.js';
import { manifestLock } from '../manifest-lock.js';
import type { DistributionStore } from './distribution-store.js';
import { readLink } from './links.js';
import { revision, revisionLink, revisions, tagCurrentLink } from './paths.js';
import type { LinkedTags } from './tags.js';

/** A repository has the manifests that it has links to. */
export function createManifestMembership(store: DistributionStore, tags: LinkedTags): ManifestMembership {
  const { driver, links, locks } = store;
  const has: ManifestMembership['has'] = async (name, digest, options) =>
    (await links.read(revisionLink(name, digest), options))?.text === digest.text;
  const deleteWithTags = async (name: string, digest: Digest): Promise<string[]> => {
    const deleted: string[] = [];
    for (const tag of await tags.find(name, digest)) {
      if (await tags.deleteOf(name, tag, digest)) deleted.push(tag);
    }
    await links.delete(revision(name, digest), revisionLink(name, digest));
    return deleted;
  };
  return {
    has,
    list: (name) => listDigests(driver, revisions(name)),
    // Distribution has its turn between two processes of ours, and not while one runs.
    version: () => Promise.resolve(''),
    async put(placement) {
      const { name, digest } = placement;
      const write = async () => {
        await placement.placeContent();
        await Promise.all([links.ensure(revisionLink(name, digest), digest), placement.fileReferrer()]);
        for (const tag of placement.tags) await tags.set(name, tag, digest, placement.guard);
      };
      await locks.share(manifestLock(name, digest), () =>
        pushInTurn(store, name, write, () => isThere(store, placement)),
      );
    },
    delete: (name, digest, around) =>
      locks.run(manifestLock(name, digest), async () => {
        if (!(await has(name, digest))) return undefined;
        return deleteInTurn(store, name, () => around(() => deleteWithTags(name, digest)));
      }),
  };
}

/** A tag that names another manifest was set by somebody else since. */
async function isThere(
  { driver }: DistributionStore,
  { name, digest, tags }: ManifestPlacement,
): Promise<boolean> {
  const links = [revisionLink(name, digest), ...tags.map((tag) => tagCurrentLink(name, tag))];
  const found = await Promise.all(links.map((path) => readLink(driver, path)));
  return found.every((link) => link !== undefined);
}
