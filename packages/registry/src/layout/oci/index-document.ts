import type { JsonObject } from '../../manifests/descriptor.js';
import { isJsonObject, isPresent } from '../../manifests/descriptor.js';
import { OCI_INDEX } from '../../manifests/media-types.js';
import type { Digest } from '../../reference/digest.js';
import { tryParseDigest } from '../../reference/digest.js';
import { isTag } from '../../reference/tag.js';
import { brokenIndex } from './layout-error.js';

/** The annotation that names a manifest of a layout (image-spec, annotations.md). */
export const REF_NAME = 'org.opencontainers.image.ref.name';

/** One descriptor of an index.json, with all that others have written into it. */
export interface IndexEntry {
  readonly fields: JsonObject;
  /** Undefined for an algorithm that this registry has not. */
  readonly digest: Digest | undefined;
  /** Also one that is no tag, as the full names that some tools write. */
  readonly ref: string | undefined;
}

/** An index.json as it was read. */
export interface IndexDocument {
  /** All fields but the entries, in their order. */
  readonly fields: JsonObject;
  readonly entries: readonly IndexEntry[];
  /** The manifests that tags name: of several with one name the last one counts, as in oras. */
  readonly tags: ReadonlyMap<string, Digest>;
  /** An entry for each digest. */
  readonly byDigest: ReadonlyMap<string, IndexEntry>;
}

/** That of a repository which has none. */
export const EMPTY_INDEX: IndexDocument = createDocument(
  { schemaVersion: 2, mediaType: OCI_INDEX, manifests: [] },
  [],
);

/**
 * @param path - for the error
 * @throws StorageError INTERNAL for what is no index
 */
export function parseIndex(content: Uint8Array, path: string): IndexDocument {
  const fields = parseJson(content);
  if (fields === undefined) throw brokenIndex(path, 'is not a JSON object');
  const { schemaVersion, manifests } = fields;
  if (isPresent(schemaVersion) && schemaVersion !== 2) throw brokenIndex(path, 'has not schemaVersion 2');
  // Go writes an empty list as null.
  const list: unknown = manifests ?? [];
  if (!Array.isArray(list)) throw brokenIndex(path, 'has no list of manifests');
  return createDocument(
    fields,
    list.map((each: unknown, at) => {
      if (isJsonObject(each) && typeof each.digest === 'string') return toEntry(each);
      throw brokenIndex(path, `has no descriptor at manifests[${String(at)}]`);
    }),
  );
}

export function serializeIndex({ fields, entries }: IndexDocument): Buffer {
  return Buffer.from(JSON.stringify({ ...fields, manifests: entries.map((entry) => entry.fields) }), 'utf8');
}

export function createDocument(fields: JsonObject, entries: readonly IndexEntry[]): IndexDocument {
  const tags = new Map<string, Digest>();
  const byDigest = new Map<string, IndexEntry>();
  for (const entry of entries) {
    const { digest, ref } = entry;
    if (digest === undefined) continue;
    byDigest.set(digest.text, entry);
    if (ref !== undefined && isTag(ref)) tags.set(ref, digest);
  }
  return { fields, entries, tags, byDigest };
}

export function toEntry(fields: JsonObject): IndexEntry {
  const { digest, annotations } = fields;
  const ref = isJsonObject(annotations) ? annotations[REF_NAME] : undefined;
  return {
    fields,
    digest: typeof digest === 'string' ? tryParseDigest(digest) : undefined,
    ref: typeof ref === 'string' && ref !== '' ? ref : undefined,
  };
}

/** The same entry under another name, or without one. */
export function withRef({ fields }: IndexEntry, ref: string | undefined): IndexEntry {
  const annotations: Record<string, unknown> = isJsonObject(fields.annotations)
    ? { ...fields.annotations }
    : {};
  if (ref === undefined) Reflect.deleteProperty(annotations, REF_NAME);
  else annotations[REF_NAME] = ref;
  const { annotations: _before, ...rest } = fields;
  if (Object.keys(annotations).length === 0) return toEntry(rest);
  // In its own place, where it has one.
  return toEntry('annotations' in fields ? { ...fields, annotations } : { ...rest, annotations });
}

function parseJson(content: Uint8Array): JsonObject | undefined {
  try {
    const fields: unknown = JSON.parse(UTF8.decode(content));
    return isJsonObject(fields) ? fields : undefined;
  } catch {
    return undefined;
  }
}

const UTF8 = new TextDecoder('utf-8', { fatal: true });
