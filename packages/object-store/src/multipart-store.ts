import type { SignalOption } from './signal-option.js';

/** A part that was taken, as `complete` wants to hear of it. */
export interface Part {
  /** From 1. */
  readonly number: number;
  /** Bytes. Every part but the last has {@link MultipartStore.partSize}. */
  readonly size: number;
  /**
   * What the store answered to it: an ETag, a block id, the name of a segment. It stands for the bytes that were sent: where
   * somebody sent others under the same number since, `complete` takes the bytes of this tag or fails, never the others.
   */
  readonly tag: string;
}

/** Bytes of all of them. */
export function sizeOfParts(parts: readonly Part[]): number {
  return parts.reduce((sum, { size }) => sum + size, 0);
}

export interface Multipart {
  readonly key: string;
  /** The store's own name of this upload, together with the key all that another process needs to go on with it. */
  readonly id: string;
}

/**
 * Uploads in parts: nothing is to be seen at the key before `complete`, which is atomic, and uploads of one key do not
 * touch each other. Parts have one size, all but the last; they come in order, some at a time. A part that is sent
 * again under its number replaces the earlier one.
 */
export interface MultipartStore {
  /** Bytes of every part but the last. The content of a writer that never reaches it is put whole. */
  readonly partSize: number;
  /** Parts of one upload that may be on their way at a time; each is a buffer of `partSize`. */
  readonly concurrency: number;

  /** @param expectedSize - of the whole, where it is known */
  begin(key: string, expectedSize?: number, options?: SignalOption): Promise<Multipart>;

  /** @returns its tag */
  uploadPart(upload: Multipart, number: number, content: Uint8Array, options?: SignalOption): Promise<string>;

  /**
   * Makes an object of the store a part, the last one, without moving its bytes. Absent: the store cannot.
   *
   * @param source - with its size in bytes, of at most `partSize`
   * @returns its tag; undefined: the object is not there
   * @throws StorageError UNSUPPORTED: the store cannot, as it turns out
   */
  copyPart?(
    upload: Multipart,
    number: number,
    source: { readonly key: string; readonly size: number },
    options?: SignalOption,
  ): Promise<string | undefined>;

  /** Makes the parts, in their order, the object. May be repeated when its answer was lost: then it finds what it has done. */
  complete(upload: Multipart, parts: readonly Part[], options?: SignalOption): Promise<void>;

  /** Gives back what an upload holds. One that is gone is no error. */
  abort(upload: Multipart, options?: SignalOption): Promise<void>;

  /**
   * Uploads below a prefix of keys that began before a time and were neither completed nor aborted, as far as the store can tell. What
   * it lists is only ever swept, never trusted to go on.
   */
  findAbandoned(prefix: string, before: Date, options?: SignalOption): AsyncIterable<Multipart>;
}
