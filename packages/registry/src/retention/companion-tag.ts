import type { Digest } from '../reference/digest.js';
import { fallbackTag } from '../referrers/fallback-tag.js';

/**
 * The subject of a tag that clients set beside an image instead of a referrer, by the tag of its digest: the referrers tag
 * schema (`sha256-<hex>`), and cosign's (`sha256-<hex>.sig`, `.att`, `.sbom`). Undefined for any other tag.
 */
export function companionOf(tag: string): string | undefined {
  return PATTERN.exec(tag)?.[1];
}

/** What {@link companionOf} answers for the companions of a manifest. */
export function companionKey(digest: Digest): string {
  return fallbackTag(digest);
}

const PATTERN = /^((?:sha256|sha512)-[0-9a-f]{64})(?:\.[A-Za-z0-9_.-]+)?$/;
