import type { CallOptions } from '@outrigger/driver';
import type { Digest } from '../reference/digest.js';

/** What retention needs of a layout besides what clients do. */
export interface RetentionSource {
  /** When a tag was pushed last; undefined when that is not known. */
  tagPushed(name: string, tag: string, options?: CallOptions): Promise<Date | undefined>;
  /** When manifests were pushed first, in milliseconds since 1970, by digest; without those of which it is not known. */
  manifestsPushed(
    name: string,
    digests: readonly Digest[],
    options?: CallOptions,
  ): Promise<ReadonlyMap<string, number>>;
  /**
   * Which content a manifest is: itself, or the sha256 under which Distribution keeps a sha512. Undefined when the repository does not
   * have it: a crash may have left a directory without its link.
   */
  manifestTarget(name: string, digest: Digest, options?: CallOptions): Promise<Digest | undefined>;
  /**
   * Deletes tags that still name what is said and were not pushed since, beside no push of another replica.
   *
   * @param onDeleted - told of each that is gone
   */
  deleteTags<T extends PushedTag>(
    name: string,
    tags: readonly T[],
    onDeleted: (tag: T) => void,
  ): Promise<void>;
  /**
   * Takes a manifest out of a repository unless a tag names it now.
   *
   * @param around - runs the change; what it does besides belongs to it
   * @returns whether it was there, and is gone
   */
  deleteUntagged(
    name: string,
    digest: Digest,
    around: (act: () => Promise<void>) => Promise<void>,
  ): Promise<boolean>;
}

/** A tag as it was found. */
export interface PushedTag {
  readonly tag: string;
  readonly digest: Digest;
  /** Milliseconds since 1970. */
  readonly pushed: number | undefined;
}
