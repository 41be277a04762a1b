import type { JsonObject } from '../../manifests/descriptor.js';
import { isJsonObject } from '../../manifests/descriptor.js';
import type { Digest } from '../../reference/digest.js';
import { tryParseDigest } from '../../reference/digest.js';
import { UnreadableSourceError } from '../failure.js';
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

/**
 * An index.json that is there, or an empty one.
 *
 * @throws UnreadableSourceError nobody could read it
 */
export function readIndex(content: Buffer | undefined): IndexBefore {
  if (content === undefined) return { fields: {}, entries: [] };
  const { manifests, ...fields } = parseObject(content);
  if (!Array.isArray(manifests) || !manifests.every(isEntry)) throw notUnderstood();
  return { fields, entries: manifests };
}

/** An index.json that is there. */
export interface IndexBefore {
  /** All but its manifests. */
  readonly fields: JsonObject;
  readonly entries: readonly IndexEntry[];
}

function parseObject(content: Buffer): JsonObject {
  try {
    const value: unknown = JSON.parse(content.toString('utf8'));
    if (isJsonObject(value)) return value;
  } catch {
    // Said below.
  }
  throw notUnderstood();
}

function notUnderstood(): UnreadableSourceError {
  return new UnreadableSourceError('there is an index.json that is none of a layout: it is left as it is');
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
