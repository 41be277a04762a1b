import type { Descriptor } from '../../manifests/descriptor.js';
import { isJsonObject, parseDescriptor } from '../../manifests/descriptor.js';
import { manifestKind } from '../../manifests/media-types.js';
import { isTag } from '../../reference/tag.js';
import { isRegistryError } from '../../registry-error.js';
import { UnreadableSourceError } from '../failure.js';

/** A manifest that a layout names. */
export interface Root {
  readonly descriptor: Descriptor;
  /** As it is written: a tag, or a whole reference. */
  readonly refName: string | undefined;
}

export const REF_NAME = 'org.opencontainers.image.ref.name';

/**
 * What the index.json of a layout names; other things than manifests are left out.
 *
 * @param path - for messages
 * @throws UnreadableSourceError
 */
export function parseIndexJson(content: Buffer, path: string): Root[] {
  let value: unknown;
  try {
    value = JSON.parse(content.toString('utf8'));
  } catch {
    throw new UnreadableSourceError(`${path} is not JSON`);
  }
  const manifests = isJsonObject(value) ? (value.manifests ?? []) : undefined;
  if (!Array.isArray(manifests)) throw new UnreadableSourceError(`${path} has no list of manifests`);
  return manifests
    .map((each: unknown, index) => rootOf(each, `manifests[${index}]`, path))
    .filter(isManifest);
}

function rootOf(value: unknown, where: string, path: string): Root {
  try {
    const descriptor = parseDescriptor(value, where);
    const annotations = isJsonObject(value) && isJsonObject(value.annotations) ? value.annotations : {};
    const refName = annotations[REF_NAME];
    return { descriptor, refName: typeof refName === 'string' && refName !== '' ? refName : undefined };
  } catch (error) {
    if (!isRegistryError(error)) throw error;
    throw new UnreadableSourceError(`${path}: ${error.message}`);
  }
}

function isManifest({ descriptor }: Root): boolean {
  return manifestKind(descriptor.mediaType) !== undefined;
}

/**
 * The tag in a name of a layout. Podman and others write whole references: `registry.example/app:v1`.
 *
 * @returns undefined when there is none that a registry could have
 */
export function tagOf(refName: string): string | undefined {
  if (isTag(refName)) return refName;
  const tag = refName.slice(refName.lastIndexOf(':') + 1);
  return refName.includes(':') && isTag(tag) ? tag : undefined;
}
