import type { CallOptions } from '@outrigger/driver';
import type { Digest } from '../reference/digest.js';

/** Where repositories are copied from: a store, a layout, a tree of layouts. It may change meanwhile. */
export interface TransferSource {
  repositories(options?: CallOptions): AsyncIterable<SourceRepository>;
}

/** What is to be copied of one repository. What manifests lead to need not be listed. */
export interface SourceRepository {
  readonly name: string;
  manifests(options?: CallOptions): AsyncIterable<Digest>;
  /** Those that belong to the repository whether a manifest names them or not. */
  blobs(options?: CallOptions): AsyncIterable<Digest>;
  /** Read when they are asked for, so that what they name is not older than the lists. */
  tags(options?: CallOptions): AsyncIterable<SourceTag>;
  /** The exact bytes; undefined when it is not there. Whether they are what the digest says is the caller's to check. */
  readManifest(digest: Digest, options?: CallOptions): Promise<Buffer | undefined>;
  /** Whether the repository has it at this moment, whole or not. */
  hasManifest(digest: Digest, options?: CallOptions): Promise<boolean>;
  /** The size of a blob; undefined when it is not there. */
  blobSize(digest: Digest, options?: CallOptions): Promise<number | undefined>;
  /** Undefined when it is not there. */
  openBlob(digest: Digest, options?: CallOptions): Promise<SourceBlob | undefined>;
}

export interface SourceTag {
  readonly tag: string;
  readonly digest: Digest;
}

/** Content that is read once, from its start. */
export interface SourceBlob {
  readonly size: number;
  /** @returns how many bytes of `into` were filled; 0 at the end */
  read(into: Buffer): Promise<number>;
  /** Idempotent. */
  close(): Promise<void>;
}

/** What a source answers that has none of something. */
export const NONE: AsyncIterable<never> = {
  [Symbol.asyncIterator]: () => ({ next: () => Promise.resolve({ done: true, value: undefined }) }),
};
