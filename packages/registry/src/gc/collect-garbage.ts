import type { CallOptions, StorageDriver } from '@outrigger/driver';
import { createRegulator } from '@outrigger/driver';
import { deleteIfPresent } from '../layout/delete-if-present.js';
import { createDistributionGarbage } from '../layout/distribution/garbage/garbage-source.js';
import { tryParseDigest } from '../reference/digest.js';
import type { GarbageRemoval, GarbageSource } from './garbage-source.js';
import { parseKey } from './keys.js';
import { findStaleReferrers } from './stale-referrers.js';
import type { Survey, SurveyListener } from './survey.js';

export interface CollectOptions extends CallOptions {
  readonly driver: StorageDriver;
  /** Default: that of a store in Distribution's layout. */
  readonly garbage?: GarbageSource | undefined;
  readonly deleteUntagged: boolean;
  readonly dryRun: boolean;
  readonly listener?: CollectListener | undefined;
}

/** Told of every step; in a dry run of what would be done. */
export interface CollectListener extends SurveyListener {
  surveyed?(found: Survey): void;
  removing?(what: Removal): void;
}

/** One thing that goes. */
export type Removal =
  | { readonly kind: 'manifest'; readonly name: string; readonly digest: string }
  | {
      readonly kind: 'blob';
      readonly name?: string | undefined;
      readonly digest: string;
      readonly size: number;
    }
  | { readonly kind: 'link'; readonly name: string; readonly digest: string }
  | { readonly kind: 'referrer'; readonly path: string };

/** What went, or would go in a dry run. */
export interface Collected {
  readonly marked: number;
  readonly blobs: number;
  readonly bytes: number;
  readonly manifests: number;
  readonly links: number;
  readonly referrers: number;
}

/**
 * Collects the garbage of a store that nobody writes to. First everything is looked at; an error there ends it, and
 * nothing is deleted. Then links go before what they lead to, so that whatever interrupts it leaves garbage, not gaps.
 *
 * @throws UnreadableManifestError, StorageError
 */
export async function collectGarbage(options: CollectOptions): Promise<Collected> {
  const { driver, signal, listener, dryRun } = options;
  const garbage = options.garbage ?? createDistributionGarbage(driver);
  const found = await garbage.survey(options);
  const referrers: string[] = [];
  for (const [name, alive] of found.alive)
    referrers.push(...(await findStaleReferrers(driver, name, alive, { signal })));
  listener?.surveyed?.(found);
  const collected: Collected = {
    marked: found.marked,
    blobs: found.blobs.size,
    bytes: [...found.blobs.values()].reduce((sum, size) => sum + size, 0),
    manifests: found.manifests.length,
    links: [...found.links.values()].reduce((sum, names) => sum + names.length, 0),
    referrers: referrers.length,
  };
  const remove = createRemover(options);
  const removal = garbage.removal(true);
  await removeManifests(remove, removal, found.manifests);
  for (const path of referrers) await remove({ kind: 'referrer', path }, () => deleteIfPresent(driver, path));
  await removeAllLinks(remove, removal, found.links);
  await removeBlobs(remove, removal, found.blobs);
  if (!dryRun) for (const directory of found.hollow) await deleteIfPresent(driver, directory);
  return collected;
}

const PARALLEL_DELETES = 8;

/** Announces what goes, and lets it go unless it is a dry run. */
type Remover = (what: Removal, act: () => Promise<unknown>) => Promise<void>;

function createRemover({ dryRun, listener, signal }: CollectOptions): Remover {
  const regulator = createRegulator(PARALLEL_DELETES);
  return (what, act) =>
    regulator.run(async () => {
      listener?.removing?.(what);
      if (!dryRun) await act();
    }, signal);
}

async function removeManifests(
  remove: Remover,
  removal: GarbageRemoval,
  manifests: Survey['manifests'],
): Promise<void> {
  await Promise.all(
    manifests.map((each) =>
      remove({ kind: 'manifest', name: each.name, digest: each.digest.text }, () => removal.manifest(each)),
    ),
  );
}

async function removeAllLinks(
  remove: Remover,
  removal: GarbageRemoval,
  links: Survey['links'],
): Promise<void> {
  const all = [...links].flatMap(([digest, names]) => names.map((name) => ({ digest, name })));
  await Promise.all(
    all.map(({ digest, name }) =>
      remove({ kind: 'link', name, digest }, async () => {
        const parsed = tryParseDigest(digest);
        if (parsed !== undefined) await removal.links(parsed, [name]);
      }),
    ),
  );
}

async function removeBlobs(remove: Remover, removal: GarbageRemoval, blobs: Survey['blobs']): Promise<void> {
  await Promise.all(
    [...blobs].map(([key, size]) => {
      const { name, digest } = parseKey(key);
      return remove({ kind: 'blob', name, digest: digest.text, size }, () => removal.content(key));
    }),
  );
}
