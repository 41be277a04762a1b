import type { Digest } from '../reference/digest.js';
import { tryParseDigest } from '../reference/digest.js';
import { RegistryError } from '../registry-error.js';

/** A checked content descriptor (image-spec, descriptor.md), as far as the registry acts on it. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
  /** Where else the content can be had. */
  readonly urls?: readonly string[] | undefined;
  /** What an image in an index runs on. */
  readonly platform?: Platform | undefined;
}

export interface Platform {
  readonly architecture: string;
  readonly os: string;
}

/** A JSON object, of which nothing is known yet. */
export type JsonObject = Readonly<Record<string, unknown>>;

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Go's encoder writes what is missing as null. */
export function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null;
}

export function manifestInvalid(message: string, detail?: unknown): RegistryError {
  return new RegistryError('MANIFEST_INVALID', message, detail);
}

/**
 * @param where - the name of the field, for the message
 * @throws RegistryError MANIFEST_INVALID
 */
export function parseDescriptor(value: unknown, where: string): Descriptor {
  if (!isJsonObject(value)) throw manifestInvalid(`${where} is not a descriptor`);
  const { mediaType, digest, size } = value;
  if (typeof mediaType !== 'string' || !MEDIA_TYPE_PATTERN.test(mediaType)) {
    throw manifestInvalid(`${where} has no valid mediaType`);
  }
  const parsed = typeof digest === 'string' ? tryParseDigest(digest) : undefined;
  if (parsed === undefined) throw manifestInvalid(`${where} has no valid digest`);
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) {
    throw manifestInvalid(`${where} has no valid size`);
  }
  const urls = parseUrls(value.urls, where);
  const platform = parsePlatform(value.platform, where);
  return { mediaType, digest: parsed, size, ...(urls && { urls }), ...(platform && { platform }) };
}

function parseUrls(value: unknown, where: string): readonly string[] | undefined {
  if (!isPresent(value)) return undefined;
  if (Array.isArray(value) && value.every((url): url is string => typeof url === 'string')) return value;
  throw manifestInvalid(`${where} has no valid urls`);
}

function parsePlatform(value: unknown, where: string): Platform | undefined {
  if (!isPresent(value)) return undefined;
  const { architecture = '', os = '' } = isJsonObject(value) ? value : { os: null };
  if (typeof architecture === 'string' && typeof os === 'string') return { architecture, os };
  throw manifestInvalid(`${where} has no valid platform`);
}

/** @throws RegistryError MANIFEST_INVALID */
export function parseDescriptors(value: unknown, where: string): Descriptor[] {
  if (value === null) return [];
  if (!Array.isArray(value)) throw manifestInvalid(`${where} is not a list`);
  return value.map((item: unknown, index) => parseDescriptor(item, `${where}[${index}]`));
}

/**
 * The annotations of a manifest, as they are.
 *
 * @throws RegistryError MANIFEST_INVALID
 */
export function parseAnnotations(value: unknown): Readonly<Record<string, string>> | undefined {
  if (!isPresent(value)) return undefined;
  if (!isAnnotations(value)) throw manifestInvalid('annotations is not a map of strings');
  return value;
}

function isAnnotations(value: unknown): value is Readonly<Record<string, string>> {
  return isJsonObject(value) && Object.values(value).every((text) => typeof text === 'string');
}

/** RFC 6838, 4.2, with the parameters that some tools add. */
const MEDIA_TYPE_PATTERN =
  /^[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}\/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}(?:[ ;][ -~]{0,256})?$/;
