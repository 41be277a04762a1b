import type { ContentStore } from '../../blobs/blob-content.js';
import { readContent } from '../../blobs/blob-content.js';
import { isJsonObject } from '../../manifests/descriptor.js';
import { manifestKind } from '../../manifests/media-types.js';
import type { Digest } from '../../reference/digest.js';
import { tryParseDigest } from '../../reference/digest.js';
import type { IndexDocument } from './index-document.js';

/**
 * The manifests of a repository that its index.json does not list but leads to: skopeo and oras list an image for several platforms, and
 * not those in it.
 */
export interface Reachable {
  /** By their digests, with the media types that they are said to have. Without those that are listed themselves. */
  find(name: string, document: IndexDocument): Promise<ReadonlyMap<string, ReachableManifest>>;
}

export interface ReachableManifest {
  readonly digest: Digest;
  readonly mediaType: string;
}

/** A document is searched once. */
export function createReachable(store: ContentStore): Reachable {
  const found = new WeakMap<IndexDocument, Promise<ReadonlyMap<string, ReachableManifest>>>();
  const search = async (name: string, document: IndexDocument) => {
    const { all, isWhole } = await walkIndexes(store, name, document);
    // What is missing may come yet.
    if (!isWhole) found.delete(document);
    return all;
  };
  return {
    find(name, document) {
      const known = found.get(document);
      if (known !== undefined) return known;
      const searching = search(name, document).catch((error: unknown) => {
        found.delete(document);
        throw error;
      });
      found.set(document, searching);
      return searching;
    },
  };
}

async function walkIndexes(
  store: ContentStore,
  name: string,
  document: IndexDocument,
): Promise<{ readonly all: Map<string, ReachableManifest>; readonly isWhole: boolean }> {
  const all = new Map<string, ReachableManifest>();
  const queue = [...document.byDigest.values()].map((entry) => entry.fields).filter(isIndex);
  const seen = new Set<string>();
  let isWhole = true;
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    const digest = digestOf(next);
    if (digest === undefined || seen.has(digest.text)) continue;
    seen.add(digest.text);
    const content = await readContent(store, name, digest);
    if (content === undefined) isWhole = false;
    for (const child of content === undefined ? [] : childrenOf(content)) {
      const manifest = toManifest(child);
      if (manifest === undefined) continue;
      if (!document.byDigest.has(manifest.digest.text)) all.set(manifest.digest.text, manifest);
      if (isIndex(child)) queue.push(child);
    }
  }
  return { all, isWhole };
}

type Descriptor = Readonly<Record<string, unknown>>;

function isIndex({ mediaType }: Descriptor): boolean {
  return typeof mediaType === 'string' && manifestKind(mediaType) === 'index';
}

function digestOf({ digest }: Descriptor): Digest | undefined {
  return typeof digest === 'string' ? tryParseDigest(digest) : undefined;
}

/** Some build caches list their layers, which are no manifests. */
function toManifest(child: Descriptor): ReachableManifest | undefined {
  const { mediaType } = child;
  const digest = digestOf(child);
  if (digest === undefined || typeof mediaType !== 'string') return undefined;
  return manifestKind(mediaType) === undefined ? undefined : { digest, mediaType };
}

/** The descriptors in an index; none in what is none. */
export function childrenOf(content: Buffer): readonly Descriptor[] {
  try {
    const fields: unknown = JSON.parse(content.toString('utf8'));
    const list: unknown = isJsonObject(fields) ? fields.manifests : undefined;
    return Array.isArray(list) ? list.filter(isJsonObject) : [];
  } catch {
    return [];
  }
}
