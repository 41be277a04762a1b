import { isJsonObject } from '../../manifests/descriptor.js';
import type { Digest } from '../../reference/digest.js';
import { tryParseDigest } from '../../reference/digest.js';
import { REF_NAME } from './index-json.js';

/** An entry of an index.json. What else it has is kept. */
export interface IndexEntry {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
}

export interface TaggedEntry {
  readonly tag: string;
  readonly entry: IndexEntry;
}

/** The entries of an index.json that is there; none of one that nobody could read. */
export function readEntries(content: Buffer | undefined): IndexEntry[] {
  if (content === undefined) return [];
  try {
    const value: unknown = JSON.parse(content.toString('utf8'));
    const manifests = isJsonObject(value) ? value.manifests : undefined;
    return Array.isArray(manifests) ? manifests.filter(isEntry) : [];
  } catch {
    return [];
  }
}

function isEntry(value: unknown): value is IndexEntry {
  return isJsonObject(value) && typeof value.digest === 'string';
}

export function tagsOfEntries(entries: readonly IndexEntry[]): Map<string, Digest> {
  return new Map(
    entries.flatMap(({ annotations, digest }) => {
      const tag = annotations?.[REF_NAME];
      const parsed = tryParseDigest(digest);
      return tag === undefined || parsed === undefined ? [] : [[tag, parsed] as const];
    }),
  );
}

/**
 * The entries of a layout into which an export goes once more: a tag names what it names now, and what had no name has none.
 *
 * @param untagged - manifests that are named only where nothing else names them
 */
export function mergeEntries(
  before: readonly IndexEntry[],
  tagged: readonly TaggedEntry[],
  untagged: readonly IndexEntry[],
): IndexEntry[] {
  const tags = new Set(tagged.map(({ tag }) => tag));
  const kept = before.filter(({ annotations }) => !tags.has(annotations?.[REF_NAME] ?? ''));
  const named = [
    ...kept,
    ...tagged.map(({ tag, entry }) => ({ ...entry, annotations: { [REF_NAME]: tag } })),
  ];
  const there = new Set(named.map(({ digest }) => digest));
  return [...named, ...untagged.filter(({ digest }) => !there.has(digest))];
}
