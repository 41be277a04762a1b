import type { Digest } from '../reference/digest.js';
import type { FoundPolicy } from './policies.js';
import type { When } from './rules.js';

/** What decisions depend on besides what the repository holds. Times are in milliseconds since 1970. */
export interface Circumstances {
  /** Undefined: no policy names the repository, and all of it stays. */
  readonly found: FoundPolicy | undefined;
  /** By the store's clock. */
  readonly now: number;
  /** What is younger is not touched. */
  readonly delayMs: number;
  /** When a manifest was pulled last. */
  readonly pulled: (digest: string) => When;
  /** When manifests were pushed; without those of which it is not known. */
  readonly readPushTimes: (digests: readonly Digest[]) => Promise<ReadonlyMap<string, number>>;
}

/** Of a repository with a policy. */
export type PolicyCircumstances = Circumstances & { readonly found: FoundPolicy };
