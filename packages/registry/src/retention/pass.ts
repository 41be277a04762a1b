import type { CallOptions } from '@outrigger/driver';
import { listRepositories } from '../catalog/catalog.js';
import { LeaseLostError } from '../gc/lease.js';
import type { Store } from '../store.js';
import type { Deleted } from './apply.js';
import { deleteManifests, deleteTags } from './apply.js';
import type { RetainedContents } from './contents.js';
import { readContents } from './contents.js';
import type { Circumstances } from './circumstances.js';
import { decide, needsManifests } from './decide.js';
import type { Decision } from './decision.js';
import { createPulled } from './known-pulls.js';
import type { Policies } from './policies.js';
import { compactPulls, forgetPulls, readPulls } from './pull-times.js';
import type { Recording } from './recording.js';
import { findRecording } from './recording.js';
import { sourceOf } from './source-of.js';

export interface PassOptions extends CallOptions {
  readonly store: Store;
  readonly policies: Policies;
  /** What is younger is not touched. Milliseconds. */
  readonly delayMs: number;
  /** Decides, and deletes nothing. */
  readonly dryRun: boolean;
  readonly deletesPerSecond: number;
  /** Milliseconds since 1970, by the store's clock. */
  readonly now: () => number;
  /** The repositories that it is about. Default: all. */
  readonly isChosen?: ((repository: string) => boolean) | undefined;
  /** Whether these are all that the store has pulls of: what is recorded of others is deleted. */
  readonly forgetsOthers: boolean;
  /** Where a lease keeps others from doing the same: throws when it is lost. */
  readonly checkLease?: (() => void) | undefined;
  readonly listener?: PassListener | undefined;
}

export interface PassListener {
  /** What becomes of a tag, or an untagged manifest. */
  decided?(decision: Decision): void;
  /** It is gone. Not in a dry run. */
  deleted?(what: Deleted): void;
  /** The rest of the repository stays until the next time. */
  failed?(repository: string, error: unknown): void;
}

/** What a pass has done, or would have done in a dry run. */
export interface RetentionPass {
  readonly repositories: number;
  readonly tags: Outcome;
  /** Untagged ones. */
  readonly manifests: Outcome;
  /** Repositories that could not be gone through. */
  readonly failures: number;
}

export interface Outcome {
  readonly kept: number;
  /** Those that were to go. Of them some may have been pushed again in time. */
  readonly going: number;
  readonly deleted: number;
}

/**
 * Decides on everything, one repository after the other, and deletes what is to go. What fails in one repository does not
 * keep the others.
 *
 * @throws LeaseLostError, and what aborting throws
 */
export async function runRetention(options: PassOptions): Promise<RetentionPass> {
  const { store, isChosen, forgetsOthers, listener, signal } = options;
  const { repositories } = await listRepositories(store, { limit: Infinity, isVisible: isChosen, signal });
  const recording = await findRecording(store.driver, options.now());
  const tally = createTally(repositories.length);
  for (const name of repositories) {
    signal?.throwIfAborted();
    try {
      await retain(name, options, recording, tally);
    } catch (error) {
      if (signal?.aborted === true || error instanceof LeaseLostError) throw error;
      tally.fail();
      listener?.failed?.(name, error);
    }
  }
  if (forgetsOthers) await forgetPulls(store.driver, repositories, { signal });
  return tally.result();
}

async function retain(
  name: string,
  options: PassOptions,
  recording: Recording | undefined,
  tally: Tally,
): Promise<void> {
  const { store, policies, delayMs, listener, signal, dryRun, now } = options;
  const source = sourceOf(store);
  const found = policies.policyOf(name);
  const pulls = policies.needsPulls(name) ? await readPulls(store.driver, name, { signal }) : undefined;
  const circumstances: Omit<Circumstances, 'now'> = {
    found,
    delayMs,
    pulled: createPulled(pulls ?? { times: new Map() }, recording),
    readPushTimes: (digests) => source.manifestsPushed(name, digests, { signal }),
  };
  const withManifests = needsManifests(found);
  const first = await readContents(store, name, { source, withManifests, signal });
  const decideOn = (contents: RetainedContents) => decide(contents, { ...circumstances, now: now() });
  const decisions = await decideOn(first);
  for (const decision of decisions) {
    tally.decided(decision);
    listener?.decided?.(decision);
  }
  if (dryRun || found === undefined) return;
  const onDeleted = (what: Deleted): void => {
    tally.deleted(what);
    listener?.deleted?.(what);
  };
  const going = decisions.filter(({ keeps }) => !keeps);
  const parts = { ...options, name, onDeleted };
  await deleteTags(
    parts,
    going.filter(({ tag }) => tag !== undefined),
  );
  if (going.some(({ tag }) => tag === undefined))
    await deleteManifests(parts, async () => {
      const contents = await readContents(store, name, {
        source,
        withManifests,
        known: first.manifests,
        signal,
      });
      return (await decideOn(contents)).filter(({ tag, keeps }) => tag === undefined && !keeps);
    });
  if (pulls !== undefined && withManifests)
    await compactPulls(store.driver, name, pulls, (digest) => first.manifests.has(digest));
}

interface Tally {
  decided(decision: Decision): void;
  deleted(what: Deleted): void;
  fail(): void;
  result(): RetentionPass;
}

function createTally(repositories: number): Tally {
  const tags = { kept: 0, going: 0, deleted: 0 };
  const manifests = { ...tags };
  let failures = 0;
  const of = ({ tag }: Pick<Decision, 'tag'>) => (tag === undefined ? manifests : tags);
  return {
    decided(decision) {
      of(decision)[decision.keeps ? 'kept' : 'going']++;
    },
    deleted(what) {
      of(what).deleted++;
    },
    fail() {
      failures++;
    },
    result: () => ({ repositories, tags, manifests, failures }),
  };
}
