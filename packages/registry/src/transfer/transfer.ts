import { createKeyedLock, createRegulator } from '@outrigger/driver';
import { copyRepository } from './copy-repository.js';
import type { TransferCounts } from './counts.js';
import { zeroCounts } from './counts.js';
import { drySink } from './dry-sink.js';
import type { TransferFailure } from './failure.js';
import { isOfOneItem } from './failure.js';
import { forEach } from './for-each.js';
import type { ManifestLimits } from './read-manifest.js';
import type { TransferSink } from './sink.js';
import type { TransferSource } from './source.js';

export interface TransferOptions extends ManifestLimits {
  readonly source: TransferSource;
  readonly sink: TransferSink;
  /** Contents that go at a time: each has 4 MiB of buffers at the most. */
  readonly parallel: number;
  /** Look for what would be copied, and change nothing. */
  readonly dryRun: boolean;
  readonly listener?: TransferListener | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface TransferListener {
  /** A repository has been gone through. */
  repository?(name: string, counts: TransferCounts): void;
  /** All repositories so far. Often. */
  progress?(counts: TransferCounts): void;
  failure?(failure: TransferFailure): void;
}

export interface Transferred {
  readonly counts: TransferCounts;
  /** How many things could not be copied. */
  readonly failures: number;
}

/**
 * Copies repositories. What is there with the right digest is not copied again: a second run completes one that broke off, and brings what
 * has changed. Nothing is deleted. Memory does not grow with what is copied.
 *
 * @throws StorageError of a storage that is full or away: what was copied stays, and is whole
 */
export async function transfer(options: TransferOptions): Promise<Transferred> {
  const { source, parallel, dryRun, listener, signal } = options;
  const total = zeroCounts();
  const running = new Set<TransferCounts>();
  const blobs = createRegulator(parallel);
  const locks = createKeyedLock();
  const sink = dryRun ? drySink(options.sink) : options.sink;
  let failures = 0;
  const onFailure = (failure: TransferFailure): void => {
    failures++;
    listener?.failure?.(failure);
  };
  const onProgress = (): void =>
    listener?.progress?.([...running].reduce(addCounts, addCounts(zeroCounts(), total)));
  const parts = { sink, limits: options, blobs, locks, onFailure, onProgress, signal };
  await forEach(source.repositories({ signal }), REPOSITORIES, async (from) => {
    const counts = { ...zeroCounts(), repositories: 1 };
    running.add(counts);
    try {
      await copyRepository(parts, from, counts);
    } catch (error) {
      if (!isOfOneItem(error)) throw error;
      onFailure({ repository: from.name, reference: undefined, reason: error.message });
    }
    running.delete(counts);
    addCounts(total, counts);
    listener?.repository?.(from.name, counts);
  });
  return { counts: total, failures };
}

/** At a time. */
const REPOSITORIES = 4;

function addCounts(
  sum: TransferCounts,
  { repositories, manifests, blobs, bytes, tags }: TransferCounts,
): TransferCounts {
  sum.repositories += repositories;
  sum.manifests.copied += manifests.copied;
  sum.manifests.kept += manifests.kept;
  sum.blobs.copied += blobs.copied;
  sum.blobs.linked += blobs.linked;
  sum.blobs.kept += blobs.kept;
  sum.bytes += bytes;
  sum.tags.set += tags.set;
  sum.tags.kept += tags.kept;
  return sum;
}
