import type { CallOptions } from '@outrigger/driver';
import type { TagGuard } from '../access/tag-guard.js';
import type { GarbageSource } from '../gc/garbage-source.js';
import type { Digest } from '../reference/digest.js';
import type { RetentionSource } from './retention-source.js';

/**
 * How repositories lie in a store: where content is, and what says that a repository has it. Two of them: Distribution's
 * (layout/distribution) and one OCI image layout for each repository (layout/oci). What is no repository's content lies at the places of
 * layout/paths.ts in both.
 */
export interface Layout extends ContentPlaces {
  readonly kind: LayoutKind;
  readonly blobs: BlobMembership;
  readonly manifests: ManifestMembership;
  readonly tags: Tags;
  readonly garbage: GarbageSource;
  /** Undefined where nothing says when something was pushed. */
  readonly retention?: RetentionSource | undefined;
  /**
   * Undefined where every name of the specification can be had.
   *
   * @throws RegistryError NAME_INVALID
   */
  readonly checkName?: ((name: string) => void) | undefined;
  /**
   * All repositories in path order (`/` before all other characters), each before those below it. One that has only seen an
   * unfinished upload is none.
   *
   * @param after - only those that come after this name
   */
  repositories(options: CallOptions & { readonly after?: string | undefined }): AsyncGenerator<string>;
  /** Somebody else has changed such a thing of a repository. */
  forget(name: string, what: Forgotten): void;
  /** The same, of all repositories at once. */
  forgetContent(digests: readonly Digest[]): void;
}

export type LayoutKind = 'distribution' | 'oci';

/** Where content lies that a repository has, or is to have, and under which name it is remembered and collected. */
export interface ContentPlaces {
  contentPath(name: string, digest: Digest): string;
  /** The same for two repositories if and only if they share the content. */
  contentKey(name: string, digest: Digest): string;
}

export interface Forgotten {
  readonly tag?: string | undefined;
  readonly digest?: Digest | undefined;
  /** All that a digest may be, unless it is said. */
  readonly kind?: 'blob' | 'manifest' | undefined;
}

/** What says that a repository has a blob. The content itself is the callers' business (blobs/blob-content.ts). */
export interface BlobMembership {
  /**
   * Which content a repository's blob is; undefined when the repository does not have it. That is the digest itself
   * or, in a store that Distribution wrote, the sha256 under which it keeps a sha512 blob.
   */
  resolve(name: string, digest: Digest, options?: CallOptions): Promise<Digest | undefined>;
  /** The size of a repository's blob, and which content it is; undefined when it does not have both. */
  stat(name: string, digest: Digest, options?: CallOptions): Promise<BlobSize | undefined>;
  /** Makes a blob, whose content is in place or about to be, part of a repository. */
  add(name: string, digest: Digest): Promise<void>;
  /** Takes a blob out of a repository; answers whether it was there. */
  remove(name: string, digest: Digest): Promise<boolean>;
  /**
   * Makes what another repository has a blob of this one as well; answers false when it cannot.
   *
   * @param from - undefined: any repository, where they share their content
   * @param target - the content that the blob is there
   */
  mount(name: string, digest: Digest, from: string | undefined, target: Digest): Promise<boolean>;
  /** All blobs of a repository; one of them may be without content. None of one that does not exist. */
  list(name: string, options?: CallOptions): AsyncIterable<Digest>;
  /** Deletes content, with which it goes out of every repository that shares it. */
  removeContent(name: string, digest: Digest): Promise<void>;
}

export interface BlobSize {
  readonly target: Digest;
  /** Bytes. */
  readonly size: number;
}

export interface ManifestMembership {
  /** Whether the repository has the manifest, whatever became of its content. */
  has(name: string, digest: Digest, options?: CallOptions): Promise<boolean>;
  /** All manifests of a repository; none of one that does not exist. */
  list(name: string): Promise<Digest[]>;
  /** Changes whenever anybody may have added a manifest that the referrers index does not know of; see referrers/reconcile.ts. */
  version(name: string): Promise<string>;
  /** What the repository says of a manifest that does not say it itself. */
  mediaType?(name: string, digest: Digest): Promise<string | undefined>;
  /** Puts a manifest in its place and makes tags name it: after a crash no tag names a manifest that is not there. May be repeated. */
  put(placement: ManifestPlacement): Promise<void>;
  /**
   * Takes a manifest out of a repository, and the tags that name it. What has it as its subject stays.
   *
   * @param around - runs the change beside no push; what it does besides belongs to it
   * @returns the tags that were deleted with it; undefined when the repository does not have the manifest
   */
  delete(
    name: string,
    digest: Digest,
    around: (act: () => Promise<string[]>) => Promise<string[]>,
  ): Promise<string[] | undefined>;
}

export interface ManifestPlacement {
  readonly name: string;
  readonly digest: Digest;
  readonly mediaType: string;
  /** Bytes. */
  readonly size: number;
  readonly tags: readonly string[];
  /** Undefined where every tag may be set. */
  readonly guard: TagGuard | undefined;
  /** Puts the content in its place, unless it is there. May run again. */
  readonly placeContent: () => Promise<void>;
  /** Files a manifest that has a subject. May run again, and beside `placeContent`'s successors. */
  readonly fileReferrer: () => Promise<void> | undefined;
}

export interface Tags {
  /** The manifest that a tag names; undefined when there is no such tag. */
  resolve(name: string, tag: string, options?: CallOptions): Promise<Digest | undefined>;
  /**
   * Tags in byte order.
   *
   * @throws RegistryError NAME_UNKNOWN when there is no such repository
   */
  list(name: string, options: TagPageOptions): Promise<TagPage>;
  /** Makes a tag name a manifest that the repository has. */
  set(name: string, tag: string, digest: Digest): Promise<void>;
  /** Deletes a tag, whatever it names; answers whether it was there. */
  delete(name: string, tag: string): Promise<boolean>;
}

export interface TagPage {
  readonly tags: readonly string[];
  /** Whether tags come after the last one. */
  readonly more: boolean;
}

export interface TagPageOptions extends CallOptions {
  /** At most so many tags. */
  readonly limit: number;
  /** Only tags after this one. */
  readonly last?: string | undefined;
}
