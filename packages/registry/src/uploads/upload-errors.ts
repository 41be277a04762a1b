import type { Digest } from '../reference/digest.js';
import { RegistryError, isRegistryError } from '../registry-error.js';

/** A chunk that does not continue the upload where it is. Carries the truth, so that the client can go on from it. */
export class UploadOffsetError extends RegistryError {
  /** Bytes of the upload that are durable. */
  readonly offset: number;
  readonly startedAt: Date;

  constructor(offset: number, startedAt: Date) {
    super('RANGE_INVALID', `the upload has ${offset} bytes: the next chunk starts there`, { offset });
    this.offset = offset;
    this.startedAt = startedAt;
  }
}

/** The client broke off. What came before is kept, and nothing was acknowledged. */
export class BodyBrokenError extends RegistryError {
  constructor(received: number, cause: Error) {
    super('SIZE_INVALID', `the body broke off after ${received} bytes`);
    this.cause = cause;
  }
}

/** @param cause - why the body ended early: the sender's doing, or that it was more than is taken */
export function brokenBody(received: number, cause: Error): RegistryError {
  return isRegistryError(cause, 'BLOB_TOO_LARGE') ? cause : new BodyBrokenError(received, cause);
}

/** Where the sender is the storage itself, and no client: why it broke off. */
export function asStorageFailure(error: unknown): unknown {
  return error instanceof BodyBrokenError && error.cause instanceof Error ? error.cause : error;
}

export function wrongDigest(digest: Digest): RegistryError {
  return new RegistryError('DIGEST_INVALID', 'the content does not have the digest', { digest: digest.text });
}
