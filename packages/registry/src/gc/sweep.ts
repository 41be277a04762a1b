import type { StorageDriver } from '@outrigger/driver';
import { createRegulator } from '@outrigger/driver';
import { deleteIfPresent } from '../layout/delete-if-present.js';
import type { Logger } from '../logger.js';
import type { Digest } from '../reference/digest.js';
import type { BatchControl } from './batch.js';
import { isRescued, openBatch } from './batch.js';
import { createDependents } from './dependents.js';
import type { GarbageSource } from './garbage-source.js';
import type { Gate } from './gate.js';
import type { GarbageKey } from './keys.js';
import { keyHash, manifestKey, parseKey } from './keys.js';
import type { Lease } from './lease.js';
import { LeaseLostError, termOf } from './lease.js';
import { findModTime } from './mod-time.js';
import { CLOCK } from './paths.js';
import { pause } from './pause.js';
import type { References } from './references.js';
import { KEYS_IN_A_PAGE } from './state.js';
import type { StoreClock } from './store-clock.js';
import { readStoreClock } from './store-clock.js';
import type { Survey } from './survey.js';

export interface SweepOptions {
  readonly driver: StorageDriver;
  readonly log: Logger;
  readonly garbage: GarbageSource;
  readonly gate: Gate;
  readonly lease: Lease;
  readonly graceMs: number;
  readonly refreshMs: number;
  readonly deleteUntagged: boolean;
  readonly dryRun: boolean;
  readonly signal: AbortSignal;
  readonly onDeleted?: ((digest: Digest) => void) | undefined;
}

/** What one pass has done. */
export interface Pass {
  /** Keys that were found to be garbage, or had been by an earlier owner of the lease. */
  readonly candidates: number;
  readonly blobs: number;
  readonly bytes: number;
  readonly manifests: number;
  readonly links: number;
}

/**
 * One pass: condemn, wait for the grace period, look again, delete. What an earlier owner of the lease has condemned is
 * continued. An error before the deletes leaves everything as it is, to be continued as well.
 *
 * @throws LeaseLostError, ClockSkewError, UnreadableManifestError, StorageError
 */
export async function sweep(options: SweepOptions): Promise<Pass> {
  const { driver, gate, lease, refreshMs, signal } = options;
  const known = new Map<string, References>();
  let clock = await readStoreClock(driver, CLOCK);
  const control = await openBatch({ driver, lease, refreshMs, signal, onChange: () => gate.refresh() });
  if (control.batch?.frozen !== undefined) {
    // Whoever froze it may only just have lost the lease, with a delete on its way.
    await pause(termOf(refreshMs), signal);
    await control.thaw();
  }
  if (control.batch === undefined) {
    const found = await look(options, clock, known);
    await prune(options, clock, found);
    const keys = keysOf(found);
    if (keys.length === 0 || options.dryRun) return { ...NOTHING, candidates: keys.length };
    await control.condemn(keys);
  }
  await waitForGrace(options, control, clock);
  clock = await readStoreClock(driver, CLOCK);
  const condemned = await control.condemned();
  const rescued = await control.rescued();
  const kept = new Set([...condemned].filter((key) => isRescued(key, rescued)));
  const found = await look(options, clock, known, kept);
  const doomed = keysOf(found).filter((key) => condemned.has(key) && !kept.has(key));
  const done = options.dryRun ? NOTHING : await deleteAll(options, control, found, doomed);
  await control.clear();
  return { ...done, candidates: condemned.size };
}

const NOTHING: Pass = { candidates: 0, blobs: 0, bytes: 0, manifests: 0, links: 0 };
const PARALLEL_DELETES = 8;

/** A file system may have empty directories of blobs; one that did not change for so long is not being written to. */
const HOLLOW_MS = 24 * 3_600_000;

function look(
  { garbage, deleteUntagged, graceMs, signal }: SweepOptions,
  clock: StoreClock,
  known: Map<string, References>,
  kept?: ReadonlySet<GarbageKey>,
): Promise<Survey> {
  const youngSince = new Date(clock.now().getTime() - graceMs);
  return garbage.survey({ deleteUntagged, kept, youngSince, known, signal });
}

/** Manifests first: as long as one of them may be relied on, so may what it names. */
function keysOf({ manifests, blobs, links }: Survey): GarbageKey[] {
  const content = new Set([...blobs.keys(), ...links.keys()]);
  return [...new Set([...manifestKeys(manifests), ...content])];
}

/**
 * From the moment at which every replica knows what is condemned. A batch of another owner has waited already, as the
 * store's clock says, of which the seconds are not trusted.
 */
async function waitForGrace(
  { graceMs, signal }: SweepOptions,
  control: BatchControl,
  clock: StoreClock,
): Promise<void> {
  const passed = clock.now().getTime() - (await control.publishedAt()).getTime() - CLOCK_GRAIN_MS;
  const credit = Math.min(Math.max(0, passed), graceMs);
  await pause(graceMs * 1.01 - credit + control.settleMs, signal);
}

const CLOCK_GRAIN_MS = 2000;

async function deleteAll(
  options: SweepOptions,
  control: BatchControl,
  found: Survey,
  doomed: readonly GarbageKey[],
): Promise<Pass> {
  const done = { ...NOTHING };
  const kept = new Set<GarbageKey>();
  const byHash = new Map(doomed.map((key) => [keyHash(key), key]));
  const dependents = createDependents(found.manifests, (name, digest) =>
    options.garbage.contentKey(name, digest),
  );
  const manifests = new Set(manifestKeys(found.manifests));
  const isManifest = (key: GarbageKey) => manifests.has(key);
  const pages = [...inPages(doomed.filter(isManifest)), ...inPages(doomed.filter((key) => !isManifest(key)))];
  try {
    for (const page of pages) {
      const left = page.filter((key) => !kept.has(key));
      if (left.length === 0) continue;
      await control.freeze(left);
      for (const hash of await control.rescued()) {
        const key = byHash.get(hash);
        if (key !== undefined) for (const each of dependents(key)) kept.add(each);
      }
      const last = left.filter((key) => !kept.has(key));
      await deletePage(options, found, last, done);
    }
  } catch (error) {
    // Nobody shall wait for a page that is not deleted any more.
    if (control.batch?.frozen !== undefined) await control.thaw().catch(() => undefined);
    throw error;
  }
  return done;
}

function manifestKeys(manifests: Survey['manifests']): GarbageKey[] {
  return manifests.map(({ name, digest }) => manifestKey(name, digest.text));
}

function inPages(keys: readonly GarbageKey[]): GarbageKey[][] {
  const pages: GarbageKey[][] = [];
  for (let at = 0; at < keys.length; at += KEYS_IN_A_PAGE) pages.push(keys.slice(at, at + KEYS_IN_A_PAGE));
  return pages;
}

/** Every delete is preceded by a look at the lease: another process may sweep by now. */
async function deletePage(
  options: SweepOptions,
  found: Survey,
  page: readonly GarbageKey[],
  done: { -readonly [K in keyof Pass]: Pass[K] },
): Promise<void> {
  const { garbage, gate, lease, onDeleted } = options;
  const manifests = new Map(found.manifests.map((each) => [manifestKey(each.name, each.digest.text), each]));
  const removal = garbage.removal(false);
  const regulator = createRegulator(PARALLEL_DELETES);
  const remove = async (key: GarbageKey) => {
    if (!lease.isHeld()) throw new LeaseLostError();
    const { name, digest } = parseKey(key);
    const manifest = manifests.get(key);
    if (manifest !== undefined && name !== undefined) {
      await removal.manifest(manifest);
      gate.removed({ kind: 'manifest', name, digest });
      done.manifests++;
    }
    const links = found.links.get(key) ?? [];
    await removal.links(digest, links);
    for (const each of links) gate.removed({ kind: 'blob', name: each, digest });
    done.links += links.length;
    const size = found.blobs.get(key);
    if (size === undefined) return;
    if (!lease.isHeld()) throw new LeaseLostError();
    await removal.content(key);
    onDeleted?.(digest);
    done.blobs++;
    done.bytes += size;
  };
  const results = await Promise.allSettled(page.map((key) => regulator.run(() => remove(key))));
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}

/** Removes the directories of deleted content, which only a file system has. */
async function prune(
  { driver, dryRun, signal }: SweepOptions,
  clock: StoreClock,
  { hollow }: Survey,
): Promise<void> {
  if (dryRun) return;
  for (const directory of hollow) {
    const modTime = await findModTime(driver, directory, signal);
    if (modTime !== undefined && clock.now().getTime() - modTime.getTime() > HOLLOW_MS)
      await deleteIfPresent(driver, directory);
  }
}
