import type { FileInfo } from '@outrigger/driver';
import { walk } from '@outrigger/driver';
import { findModTime } from '../../gc/mod-time.js';
import { deleteInTurn } from '../../replicas/turns.js';
import { inParallel } from '../in-parallel.js';
import { manifestLock } from '../manifest-lock.js';
import { orAbsent } from '../or-absent.js';
import type { RetentionSource } from '../retention-source.js';
import type { DistributionStore } from './distribution-store.js';
import { readLink } from './links.js';
import { revision, revisionLink, revisions, tagCurrentLink } from './paths.js';
import type { LinkedTags } from './tags.js';

/**
 * When things were pushed is what the store says of their links: the layout has no other place for it. The link of a tag is written by
 * every push, that of a manifest by its first one. Whoever copies a store without its times makes everything young.
 */
export function createRetentionSource(store: DistributionStore, tags: LinkedTags): RetentionSource {
  const { driver, links, locks } = store;
  const tagPushed: RetentionSource['tagPushed'] = (name, tag, options) =>
    findModTime(driver, tagCurrentLink(name, tag), options?.signal);
  return {
    tagPushed,
    manifestsPushed: async (name, digests, options) => {
      const times = new Map<string, number>();
      const texts = new Map(digests.map((digest) => [revisionLink(name, digest), digest.text]));
      const take = (path: string, time: Date | undefined): void => {
        const text = texts.get(path);
        if (text !== undefined && time !== undefined) times.set(text, time.getTime());
      };
      await readTimes(store, revisions(name), [...texts.keys()], { take, signal: options?.signal });
      return times;
    },
    manifestTarget: (name, digest, options) => readLink(driver, revisionLink(name, digest), options),
    deleteTags: (name, some, onDeleted) =>
      deleteInTurn(store, name, async () => {
        for (const each of some) {
          const isToGo = async () => (await tagPushed(name, each.tag))?.getTime() === each.pushed;
          if (await tags.deleteOf(name, each.tag, each.digest, isToGo)) onDeleted(each);
        }
      }),
    deleteUntagged: (name, digest, around) =>
      locks.run(manifestLock(name, digest), async () => {
        if ((await links.read(revisionLink(name, digest))) === undefined) return false;
        return deleteInTurn(store, name, async () => {
          if ((await tags.find(name, digest)).length > 0) return false;
          await around(async () => {
            await links.delete(revision(name, digest), revisionLink(name, digest));
          });
          return true;
        });
      }),
  };
}

const WORTH_A_WALK = 100;

interface TimeReading {
  readonly take: (path: string, time: Date | undefined) => void;
  readonly signal: AbortSignal | undefined;
}

/** Where the driver walks, many are had in pages. */
async function readTimes(
  { driver }: DistributionStore,
  directory: string,
  paths: readonly string[],
  { take, signal }: TimeReading,
): Promise<void> {
  if (driver.capabilities.walk === true && paths.length >= WORTH_A_WALK) {
    const visit = ({ path, modTime }: FileInfo): undefined => {
      take(path, modTime);
    };
    await orAbsent(walk(driver, directory, visit, { signal }));
    return;
  }
  await inParallel(paths, signal, async (path) => {
    take(path, await findModTime(driver, path, signal));
  });
}
