import type { Digest } from '../reference/digest.js';
import type { GarbageKey } from './keys.js';
import type { GarbageManifest, Survey, SurveyOptions } from './survey.js';

/** What garbage is in a layout, and how it goes. */
export interface GarbageSource {
  /** Of content that a repository has: its own, or all repositories'. */
  contentKey(name: string, digest: string): GarbageKey;
  /**
   * Looks at the whole store. It changes nothing, and it is strict: whatever cannot be read could keep anything alive.
   *
   * @throws UnreadableManifestError, StorageError
   */
  survey(options: SurveyOptions): Promise<Survey>;
  /**
   * Begins to delete: what many deletes of a repository need is read once.
   *
   * @param isQuiet - whether nobody writes to the store
   */
  removal(isQuiet: boolean): GarbageRemoval;
}

export interface GarbageRemoval {
  /** Takes a manifest out of its repository, and out of the referrers index. */
  manifest(manifest: GarbageManifest): Promise<void>;
  /** Takes a blob out of repositories. */
  links(digest: Digest, names: readonly string[]): Promise<void>;
  content(key: GarbageKey): Promise<void>;
}
