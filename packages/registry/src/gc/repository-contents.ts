import type { Digest } from '../reference/digest.js';
import type { References } from './references.js';

/** A manifest of a repository. */
export interface Revision {
  readonly digest: Digest;
  readonly references: References;
  /** Digests under which its blobs are stored, where those are not their own (sha512 in stores of Distribution). */
  readonly targets: readonly string[];
}

/** What a repository holds, as far as it keeps anything alive. */
export interface RepositoryContents {
  readonly name: string;
  readonly revisions: ReadonlyMap<string, Revision>;
  /** What the tags name now; empty when nobody asked. */
  readonly tagged: ReadonlySet<string>;
}
