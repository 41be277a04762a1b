import type { CallOptions } from '@outrigger/driver';
import type { Digest } from '../reference/digest.js';
import type { GarbageKey } from './keys.js';
import type { MarkListener } from './mark.js';
import type { References } from './references.js';

export interface SurveyOptions extends CallOptions {
  /** Manifests that no tag leads to are garbage, unless they are referrers of something alive. */
  readonly deleteUntagged: boolean;
  /** Manifests to keep with all that they lead to, as keys. */
  readonly kept?: ReadonlySet<string>;
  /** What changed since then is never garbage; undefined: nobody writes, everything may be. By the store's clock. */
  readonly youngSince?: Date | undefined;
  /** From an earlier survey: saves reading manifests again. */
  readonly known?: Map<string, References>;
  readonly listener?: SurveyListener | undefined;
}

export interface SurveyListener extends MarkListener {
  repository?(name: string): void;
  /** @param total - undefined while it is not known */
  progress?(phase: 'manifests' | 'links' | 'blobs', done: number, total: number | undefined): void;
}

/** An untagged manifest that may go. */
export interface GarbageManifest {
  readonly name: string;
  readonly digest: Digest;
  readonly references: References;
}

/** What a store holds that nothing leads to. */
export interface Survey {
  /** Digests that are alive. */
  readonly marked: number;
  readonly manifests: readonly GarbageManifest[];
  /** Content by its keys, with its bytes. */
  readonly blobs: ReadonlyMap<GarbageKey, number>;
  /** Links of blobs to what is garbage, or absent: the repositories by digest. */
  readonly links: ReadonlyMap<GarbageKey, readonly string[]>;
  /** Manifests of each repository that are alive: entries of the referrers index for others are stale. */
  readonly alive: ReadonlyMap<string, ReadonlySet<string>>;
  /** Directories of blobs without content, which a delete leaves on a file system. */
  readonly hollow: readonly string[];
}
