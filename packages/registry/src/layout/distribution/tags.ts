import { createRegulator } from '@outrigger/driver';
import type { TagGuard } from '../../access/tag-guard.js';
import type { Digest } from '../../reference/digest.js';
import { deleteInTurn } from '../../replicas/turns.js';
import type { Tags } from '../layout.js';
import type { DistributionStore } from './distribution-store.js';
import { putLink, readLink } from './links.js';
import { listTags } from './list-tags.js';
import { tag, tagCurrentLink, tagIndexLink } from './paths.js';

/** Tags that are links. */
export interface LinkedTags extends Tags {
  /** @param guard - throws where the tag may not be set */
  set(name: string, tagName: string, digest: Digest, guard?: TagGuard): Promise<void>;
  /**
   * Deletes a tag if it names this manifest now; answers whether it did.
   *
   * @param isToGo - asked when nobody of this process can set the tag any more
   */
  deleteOf(name: string, tagName: string, digest: Digest, isToGo?: () => Promise<boolean>): Promise<boolean>;
  /** The tags that name a manifest. */
  find(name: string, digest: Digest): Promise<string[]>;
}

export function createTags(store: DistributionStore): LinkedTags {
  const { links, locks, presence, tagNames } = store;
  const resolve: Tags['resolve'] = (name, tagName, options) =>
    links.read(tagCurrentLink(name, tagName), options);
  const remove = (name: string, tagName: string): Promise<boolean> =>
    tagNames.change(name, () => links.delete(tag(name, tagName), tagCurrentLink(name, tagName)));
  return {
    resolve,
    list: (name, options) => listTags(store, name, options),
    set: (name, tagName, digest, guard) =>
      locks.run(tagLock(name, tagName), async () => {
        if (guard !== undefined) guard(await resolve(name, tagName), digest);
        await writeTag(store, name, tagName, digest);
      }),
    async delete(name, tagName) {
      const act = () => locks.run(tagLock(name, tagName), () => remove(name, tagName));
      // Whoever comes now pushes nothing before this has ended.
      return (await presence.findAlone()) ? act() : deleteInTurn(store, name, act);
    },
    deleteOf: (name, tagName, digest, isToGo) =>
      locks.run(tagLock(name, tagName), async () => {
        if ((await resolve(name, tagName))?.text !== digest.text) return false;
        if (isToGo !== undefined && !(await isToGo())) return false;
        return remove(name, tagName);
      }),
    async find(name, digest) {
      const all = await listTags(store, name, { limit: Infinity });
      const regulator = createRegulator(PARALLEL_READS);
      const current = await Promise.all(all.tags.map((each) => regulator.run(() => resolve(name, each))));
      return all.tags.filter((_, index) => current[index]?.text === digest.text);
    },
  };
}

const PARALLEL_READS = 16;

/**
 * The tag itself first and its history after it: a crash in between leaves a whole tag, not one that is listed and answers 404.
 */
async function writeTag(
  { driver, links, tagNames, family }: DistributionStore,
  name: string,
  tagName: string,
  digest: Digest,
): Promise<void> {
  const current = tagCurrentLink(name, tagName);
  const known = links.known(current);
  const isNews = known?.text !== digest.text;
  const write = () => links.write(current, digest);
  // Another process of the family may delete the tag before this one writes it: then it is new again.
  const isListed = known !== undefined && family === undefined;
  await (isListed ? write() : tagNames.change(name, write));
  // Past the known links: it goes with the directory of the tag.
  const past = tagIndexLink(name, tagName, digest);
  // What the tag names already has been there before, most likely; anything else has not.
  const isThere = !isNews && (await readLink(driver, past))?.text === digest.text;
  if (!isThere) await putLink(driver, past, digest);
}

/**
 * Setting and deleting a tag take turns: otherwise its history could be left without the tag, which is then listed and
 * answers 404, or a delete of one manifest could take the tag that another was just given. Innermost of all locks.
 */
function tagLock(name: string, tagName: string): string {
  return `${name}:${tagName}`;
}
