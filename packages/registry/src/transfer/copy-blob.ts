import type { KeyedLock, Regulator } from '@outrigger/driver';
import { bodyOf } from '../content/body.js';
import type { Digest } from '../reference/digest.js';
import { BodyBrokenError } from '../uploads/upload-errors.js';
import { chunksOf } from './chunks.js';
import type { TransferSink } from './sink.js';
import type { SourceBlob, SourceRepository } from './source.js';

interface BlobParts {
  readonly sink: TransferSink;
  readonly blobs: Regulator;
  readonly locks: KeyedLock;
  readonly signal: AbortSignal | undefined;
}

export interface CopiedBlob {
  /** As in `TransferCounts`. */
  readonly how: 'copied' | 'linked' | 'kept';
  readonly size: number;
}

/**
 * Makes sure that a repository has a blob: it may have it, or another one may, or it is copied.
 *
 * @param named - the size that a manifest says, if one does
 */
export function copyBlob(
  { sink, blobs, locks, signal }: BlobParts,
  from: SourceRepository,
  digest: Digest,
  named: number | undefined,
): Promise<CopiedBlob | 'missing'> {
  const copy = async (): Promise<CopiedBlob | 'missing'> => {
    const { name } = from;
    const there = await sink.blobSize(name, digest, { signal });
    if (there !== undefined && there === (named ?? (await from.blobSize(digest, { signal }))))
      return { how: 'kept', size: there };
    const blob = await from.openBlob(digest, { signal });
    if (blob === undefined) return 'missing';
    try {
      return { how: await bring(sink, name, digest, blob, there), size: blob.size };
    } finally {
      await blob.close();
    }
  };
  return locks.run(digest.text, () => blobs.run(copy, signal));
}

/** @param there - the size of what the repository has under this digest */
async function bring(
  sink: TransferSink,
  name: string,
  digest: Digest,
  blob: SourceBlob,
  there: number | undefined,
): Promise<CopiedBlob['how']> {
  if (there === blob.size) return 'kept';
  if (there === undefined && (await sink.linkBlob(name, digest, blob.size))) return 'linked';
  try {
    await sink.putBlob(name, digest, bodyOf(chunksOf(blob), blob.size));
  } catch (error) {
    // The sender is a storage here, no client.
    throw error instanceof BodyBrokenError && error.cause instanceof Error ? error.cause : error;
  }
  return 'copied';
}
