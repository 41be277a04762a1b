import { isStorageError } from '@outrigger/driver';
import { isRegistryError } from '../registry-error.js';

/** Something that was not copied, and why. */
export interface TransferFailure {
  readonly repository: string;
  /** A tag, or the digest of a manifest or a blob. Undefined: the whole repository. */
  readonly reference: string | undefined;
  readonly reason: string;
}

/** Something that cannot be read where it is copied from, or not by anybody. */
export class UnreadableSourceError extends Error {
  override readonly name = 'UnreadableSourceError';

  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? {} : { cause });
  }
}

/**
 * Whether the rest can be copied all the same: one content may be rotten or missing, and a storage that is full or away is so for all.
 */
export function isOfOneItem(error: unknown): error is Error {
  if (error instanceof UnreadableSourceError || isRegistryError(error)) return true;
  return (
    isStorageError(error) && !error.retryable && error.code !== 'QUOTA_EXCEEDED' && error.code !== 'CANCELLED'
  );
}
