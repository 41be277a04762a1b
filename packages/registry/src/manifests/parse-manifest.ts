import type { Descriptor, JsonObject } from './descriptor.js';
import {
  isJsonObject,
  isPresent,
  manifestInvalid,
  parseAnnotations,
  parseDescriptor,
  parseDescriptors,
} from './descriptor.js';
import type { ManifestKind } from './media-types.js';
import { DOCKER_SCHEMA1, OCI_INDEX, OCI_MANIFEST, manifestKind } from './media-types.js';
import { scanJson } from './scan-json.js';

/** A manifest that is sound by itself; whether what it names exists is another question. */
export interface Manifest {
  readonly mediaType: string;
  readonly kind: ManifestKind;
  /** Config and layers. */
  readonly blobs: readonly Descriptor[];
  /** Children of an index. */
  readonly manifests: readonly Descriptor[];
  /** Of OCI manifests only. */
  readonly subject: Descriptor | undefined;
  /** As the referrers list shows it: of an image without one, the config's media type. */
  readonly artifactType: string | undefined;
  readonly annotations: Readonly<Record<string, string>> | undefined;
}

/**
 * Checks a manifest that is pushed.
 *
 * @param contentType - the request's, without parameters
 * @throws RegistryError MANIFEST_INVALID
 */
export function parseManifest(content: Buffer, contentType: string | undefined): Manifest {
  const fields = parseFields(content);
  if (fields.schemaVersion !== 2) throw manifestInvalid('schemaVersion is not 2');
  const mediaType = chooseMediaType(fields, contentType);
  const kind = manifestKind(mediaType);
  if (kind === undefined) throw manifestInvalid('not a media type of a manifest', { mediaType });
  const shared = { mediaType, kind, annotations: parseAnnotations(fields.annotations) };
  const isOci = mediaType === OCI_MANIFEST || mediaType === OCI_INDEX;
  const subject = isOci && isPresent(fields.subject) ? parseDescriptor(fields.subject, 'subject') : undefined;
  return { ...shared, subject, ...(kind === 'image' ? imageParts(fields) : indexParts(fields)) };
}

/**
 * The media type of a manifest in the store, which keeps no Content-Type. It depends on the bytes alone, so that a
 * digest is always served with the same type.
 *
 * @returns undefined when the content is no manifest
 */
export function storedMediaType(content: Buffer): string | undefined {
  const known = mediaTypes.get(content);
  if (known !== undefined) return known;
  const mediaType = readMediaType(content);
  if (mediaType !== undefined) mediaTypes.set(content, mediaType);
  return mediaType;
}

/** Of content that is kept in memory, which is parsed once. */
const mediaTypes = new WeakMap<Buffer, string>();

function readMediaType(content: Buffer): string | undefined {
  try {
    const fields = parseFields(content);
    if (fields.schemaVersion === 1) return DOCKER_SCHEMA1;
    return typeof fields.mediaType === 'string' ? fields.mediaType : typeByShape(fields);
  } catch {
    return undefined;
  }
}

function parseFields(content: Buffer): JsonObject {
  const fault = scanJson(content);
  if (fault !== undefined) throw manifestInvalid(fault);
  let fields: unknown;
  try {
    fields = JSON.parse(UTF8.decode(content));
  } catch {
    // The parser's message quotes the input.
    throw manifestInvalid('not JSON in UTF-8');
  }
  if (!isJsonObject(fields)) throw manifestInvalid('not a JSON object');
  return fields;
}

/** A byte order mark is kept, and then refused by the parser. */
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** What the content says of itself must be what the request says, and what it looks like. */
function chooseMediaType(fields: JsonObject, contentType: string | undefined): string {
  const { mediaType } = fields;
  const given = isPresent(mediaType) ? mediaType : undefined;
  if (given !== undefined && typeof given !== 'string') throw manifestInvalid('mediaType is not a string');
  const declared = given ?? typeByShape(fields) ?? contentType;
  if (declared === undefined) throw manifestInvalid('neither an image nor an index');
  if (contentType !== undefined && contentType !== declared) {
    throw manifestInvalid('the Content-Type is not that of the manifest', {
      contentType,
      mediaType: declared,
    });
  }
  return declared;
}

/** Only OCI manifests may leave their media type out. */
function typeByShape(fields: JsonObject): string | undefined {
  if (isPresent(fields.manifests)) return OCI_INDEX;
  return isPresent(fields.config) ? OCI_MANIFEST : undefined;
}

type Parts = Pick<Manifest, 'blobs' | 'manifests' | 'artifactType'>;

function imageParts(fields: JsonObject): Parts {
  refuse(fields, ['manifests', 'fsLayers']);
  const config = parseDescriptor(fields.config, 'config');
  const layers = parseDescriptors(fields.layers, 'layers');
  return {
    blobs: [config, ...layers],
    manifests: [],
    artifactType: parseArtifactType(fields) ?? config.mediaType,
  };
}

function indexParts(fields: JsonObject): Parts {
  refuse(fields, ['config', 'layers', 'fsLayers']);
  return {
    blobs: [],
    manifests: parseDescriptors(fields.manifests, 'manifests'),
    artifactType: parseArtifactType(fields),
  };
}

/** One content that reads as two kinds of manifest (CVE-2021-41190). */
function refuse(fields: JsonObject, names: readonly string[]): void {
  const name = names.find((other) => isPresent(fields[other]));
  if (name !== undefined) throw manifestInvalid(`a manifest of this type has no ${name}`);
}

/** Empty counts as missing (distribution-spec, "Listing Referrers"). */
function parseArtifactType({ artifactType }: JsonObject): string | undefined {
  if (!isPresent(artifactType) || artifactType === '') return undefined;
  if (typeof artifactType !== 'string') throw manifestInvalid('artifactType is not a string');
  return artifactType;
}
