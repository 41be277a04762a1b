import type { CallOptions } from '@outrigger/driver';
import { pause } from '../gc/pause.js';
import { deleteUntaggedManifest } from '../manifests/delete-manifest.js';
import { tryParseDigest } from '../reference/digest.js';
import type { Store } from '../store.js';
import type { Decision } from './decision.js';
import { sourceOf } from './source-of.js';

/** A tag, or a manifest, that is gone. */
export type Deleted = Pick<Decision, 'repository' | 'tag' | 'digest' | 'reason'>;

export interface ApplyOptions extends CallOptions {
  readonly store: Store;
  readonly name: string;
  readonly deletesPerSecond: number;
  /** Where a lease keeps others from doing the same: throws when it is lost. */
  readonly checkLease?: (() => void) | undefined;
  readonly onDeleted: (what: Deleted) => void;
}

/** For so many the pushes of other replicas wait. */
const TAGS_IN_A_TURN = 10;
/** After so many it is looked again whether the others are still to go. */
const MANIFESTS_AT_A_TIME = 100;

/** Deletes tags that were decided on. One that was pushed since stays, whatever it names. */
export async function deleteTags(options: ApplyOptions, decisions: readonly Decision[]): Promise<void> {
  const { store, name, onDeleted } = options;
  for (let at = 0; at < decisions.length; at += TAGS_IN_A_TURN) {
    const some = decisions.slice(at, at + TAGS_IN_A_TURN);
    await prepare(options);
    const found = some.flatMap((decision) => {
      const digest = tryParseDigest(decision.digest);
      const { tag, pushed } = decision;
      return tag === undefined || digest === undefined ? [] : [{ tag, digest, pushed, decision }];
    });
    await sourceOf(store).deleteTags(name, found, ({ decision }) => onDeleted(decision));
    await slowDown(options, some.length);
  }
}

/**
 * Deletes manifests until none is to go any more. An index that was pushed meanwhile keeps its children.
 *
 * @param findGoing - looks at the repository as it is now; in the order in which they may go
 */
export async function deleteManifests(
  options: ApplyOptions,
  findGoing: () => Promise<readonly Decision[]>,
): Promise<void> {
  const { store, name, onDeleted } = options;
  const tried = new Set<string>();
  for (;;) {
    const going = (await findGoing()).filter(({ digest }) => !tried.has(digest));
    // No more than go within a second or so: what is pushed meanwhile may need them.
    const some = going.slice(0, Math.ceil(Math.min(MANIFESTS_AT_A_TIME, options.deletesPerSecond)));
    if (some.length === 0) return;
    for (const decision of some) {
      await prepare(options);
      tried.add(decision.digest);
      const digest = tryParseDigest(decision.digest);
      const isGone =
        digest !== undefined && (await deleteUntaggedManifest(store, sourceOf(store), name, digest));
      if (isGone) onDeleted(decision);
      await slowDown(options, 1);
      // It is needed again, and with it what it names.
      if (!isGone) break;
    }
  }
}

async function prepare({ store, checkLease, signal }: ApplyOptions): Promise<void> {
  signal?.throwIfAborted();
  await store.presence.joining;
  checkLease?.();
}

/** Clients come first. */
async function slowDown({ deletesPerSecond, signal }: ApplyOptions, count: number): Promise<void> {
  if (deletesPerSecond === Infinity) return;
  await pause((count * 1000) / deletesPerSecond, signal ?? new AbortController().signal);
}
