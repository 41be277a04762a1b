import type { Digest } from '../reference/digest.js';
import { createLru } from './lru.js';

/** The largest content that is read in one piece and kept. */
export const SMALL_CONTENT = 64 * 1024;

/**
 * What can be known of immutable content by its digest alone. It says nothing about what a repository has: that is
 * asked of the driver every time.
 */
export interface ContentCache {
  /** Verified content. */
  get(digest: Digest): Buffer | undefined;
  /** The size of content that was seen. */
  size(digest: Digest): number | undefined;
  /** @param content - of exactly this digest: the caller has checked */
  keep(digest: Digest, content: Buffer): void;
  keepSize(digest: Digest, size: number): void;
  /** Content that was deleted, or found to be wrong. */
  forget(digest: Digest): void;
  /** How often content was asked for, and was there. */
  readonly counts: CacheCounts;
}

export interface CacheCounts {
  readonly requests: number;
  readonly hits: number;
}

/** @param limit - bytes of content that are held */
export function createContentCache(limit: number): ContentCache {
  const contents = createLru<Buffer>(limit, (content) => content.length + ENTRY_OVERHEAD);
  const sizes = createLru<{ size: number }>(MAX_SIZES, () => 1);
  const counts = { requests: 0, hits: 0 };
  return {
    counts,
    get({ text }) {
      counts.requests++;
      const content = contents.get(text);
      if (content !== undefined) counts.hits++;
      return content;
    },
    size: ({ text }) => sizes.get(text)?.size,
    keep({ text }, content) {
      contents.set(text, content);
      sizes.set(text, { size: content.length });
    },
    keepSize: ({ text }, size) => sizes.set(text, { size }),
    forget({ text }) {
      contents.delete(text);
      sizes.delete(text);
    },
  };
}

const ENTRY_OVERHEAD = 256;
const MAX_SIZES = 50_000;
