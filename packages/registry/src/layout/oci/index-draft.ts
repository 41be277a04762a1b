import type { TagGuard } from '../../access/tag-guard.js';
import type { Digest } from '../../reference/digest.js';
import type { IndexDocument, IndexEntry } from './index-document.js';
import { createDocument, toEntry, withRef } from './index-document.js';

/** An index.json that is being changed. What nobody changes stays as it is, and where it is. */
export interface IndexDraft {
  /** Lists a manifest, and makes tags name it. What a tag has named stays listed. */
  put(manifest: ListedManifest, tags: readonly string[], guard: TagGuard | undefined): void;
  /** Answers whether the tag was there; the manifest that it named stays listed. */
  removeTag(tag: string): boolean;
  /** Answers the tags that named it; undefined when it was not listed. */
  removeManifest(digest: Digest): string[] | undefined;
  /** With all changes; the same document when there were none. */
  finish(): IndexDocument;
}

export interface ListedManifest {
  readonly digest: Digest;
  readonly mediaType: string;
  /** Bytes. */
  readonly size: number;
}

export function createDraft(document: IndexDocument): IndexDraft {
  let current = document;
  const change = (entries: readonly IndexEntry[]): void => {
    current = createDocument(current.fields, entries);
  };
  return {
    put(manifest, tags, guard) {
      for (const tag of tags) guard?.(current.tags.get(tag), manifest.digest);
      for (const tag of tags) {
        if (isNamed(current, tag, manifest.digest)) continue;
        change(withTag(current.entries, tag, manifest));
      }
      if (!current.byDigest.has(manifest.digest.text)) change([...current.entries, describe(manifest)]);
    },
    removeTag(tag) {
      if (!current.tags.has(tag)) return false;
      change(withoutTag(current.entries, tag));
      return true;
    },
    removeManifest({ text }) {
      if (!current.byDigest.has(text)) return undefined;
      const tags = [...current.tags].filter(([, digest]) => digest.text === text).map(([tag]) => tag);
      change(current.entries.filter(({ digest }) => digest?.text !== text));
      return tags;
    },
    finish: () => current,
  };
}

/** Whether a tag names the manifest already, and no other entry has the name. */
function isNamed({ entries, tags }: IndexDocument, tag: string, digest: Digest): boolean {
  return tags.get(tag)?.text === digest.text && entries.filter(({ ref }) => ref === tag).length === 1;
}

function withTag(
  entries: readonly IndexEntry[],
  tag: string,
  manifest: ListedManifest,
): readonly IndexEntry[] {
  const others = withoutTag(entries, tag);
  const isNameless = (entry: IndexEntry) =>
    entry.digest?.text === manifest.digest.text && entry.ref === undefined;
  const at = others.findIndex(isNameless);
  const nameless = others[at];
  return nameless === undefined
    ? [...others, withRef(describe(manifest), tag)]
    : others.with(at, withRef(nameless, tag));
}

/** What has the name only loses it: all of its other entries go with it, unless they are the last of their digest. */
function withoutTag(entries: readonly IndexEntry[], tag: string): readonly IndexEntry[] {
  const counts = new Map<string, number>();
  for (const { fields } of entries) count(counts, fields.digest, 1);
  return entries.flatMap((entry) => {
    if (entry.ref !== tag) return [entry];
    return count(counts, entry.fields.digest, -1) > 0 ? [] : [withRef(entry, undefined)];
  });
}

/** @returns how many there are then */
function count(counts: Map<string, number>, digest: unknown, step: number): number {
  const key = String(digest);
  const next = (counts.get(key) ?? 0) + step;
  counts.set(key, next);
  return next;
}

function describe({ mediaType, digest, size }: ListedManifest): IndexEntry {
  return toEntry({ mediaType, digest: digest.text, size });
}
