import type { JsonObject } from '../manifests/descriptor.js';
import { isJsonObject, isPresent } from '../manifests/descriptor.js';
import type { Digest } from '../reference/digest.js';
import { digestOf } from '../reference/digest.js';

/** What a stored manifest names, as digests in text form. */
export interface References {
  /** Config, layers and whatever else is content only. */
  readonly blobs: readonly string[];
  /** Children of an index: manifests, or blobs in what some build caches push. */
  readonly manifests: readonly string[];
  /** Named, but not kept alive: it is the subject that keeps its referrers. */
  readonly subject: string | undefined;
}

/** A manifest that the collector cannot understand: what it keeps alive is unknown, so nothing may be deleted. */
export class UnreadableManifestError extends Error {
  override readonly name = 'UnreadableManifestError';
}

/**
 * Reads what a manifest names. Older forms than those that can be pushed are understood, too: schema 1 (`fsLayers`) and
 * artifact manifests (`blobs`).
 *
 * @throws UnreadableManifestError when the bytes are not those of the digest, or no manifest
 */
export function readReferences(digest: Digest, content: Uint8Array): References {
  const refuse = (why: string): never => {
    throw new UnreadableManifestError(`manifest ${digest.text} ${why}`);
  };
  if (digestOf(content, digest.algorithm).text !== digest.text) refuse('is not what its digest says');
  const fields = parse(content) ?? refuse('is not a JSON object');
  const { config, layers, blobs, manifests, fsLayers, subject } = fields;
  const named = [config, ...list(layers), ...list(blobs)]
    .filter(isPresent)
    .map((each) => text(each, 'digest'));
  const old = list(fsLayers).map((each) => text(each, 'blobSum'));
  const children = list(manifests).map((each) => text(each, 'digest'));
  const known = [...named, ...old];
  if (known.includes(undefined) || children.includes(undefined)) refuse('has a descriptor without a digest');
  return {
    blobs: known.filter((each) => each !== undefined),
    manifests: children.filter((each) => each !== undefined),
    subject: isPresent(subject) ? text(subject, 'digest') : undefined,
  };
}

function parse(content: Uint8Array): JsonObject | undefined {
  try {
    const fields: unknown = JSON.parse(Buffer.from(content).toString('utf8'));
    return isJsonObject(fields) ? fields : undefined;
  } catch {
    return undefined;
  }
}

/** Anything that is there and no list stands for a descriptor that cannot be read. */
function list(value: unknown): readonly unknown[] {
  if (!isPresent(value)) return [];
  return Array.isArray(value) ? value : [undefined];
}

function text(descriptor: unknown, key: string): string | undefined {
  const value = isJsonObject(descriptor) ? descriptor[key] : undefined;
  return typeof value === 'string' ? value : undefined;
}
