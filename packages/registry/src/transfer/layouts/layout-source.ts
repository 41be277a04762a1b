import { MAX_PUT_SIZE } from '@outrigger/driver';
import type { Digest } from '../../reference/digest.js';
import type { SourceRepository, SourceTag, TransferSource } from '../source.js';
import { NONE } from '../source.js';
import type { Files } from './files.js';
import { UnreadableSourceError } from '../failure.js';
import { BLOBS, INDEX, INDEX_LIMIT } from './files.js';
import type { Root } from './index-json.js';
import { parseIndexJson, tagOf } from './index-json.js';

/** A layout that becomes a repository. */
export interface PlannedLayout {
  /** Its directory, see {@link Files}. */
  readonly directory: string;
  /** Of the repository. */
  readonly name: string;
  /** For the only image of a layout that does not name it. */
  readonly tag?: string | undefined;
}

/** Layouts in files, each a repository. What is wrong with one is found when it is gone through. */
export function layoutSource(files: Files, planned: readonly PlannedLayout[]): TransferSource {
  return {
    async *repositories() {
      for (const layout of planned) yield await Promise.resolve(layoutRepository(files, layout));
    },
  };
}

function layoutRepository(files: Files, layout: PlannedLayout): SourceRepository {
  const { directory, name, tag } = layout;
  const at = (path: string) => (directory === '' ? path : `${directory}/${path}`);
  const blobAt = ({ algorithm, hex }: Digest) => at(`${BLOBS}/${algorithm}/${hex}`);
  let reading: Promise<Root[]> | undefined;
  const roots = () => (reading ??= readRoots(files, at(INDEX)));
  return {
    name,
    async *manifests() {
      for (const { descriptor } of await roots()) yield descriptor.digest;
    },
    // What nothing leads to is garbage.
    blobs: () => NONE,
    async *tags() {
      yield* tagsOf(await roots(), tag, at(INDEX));
    },
    readManifest: (digest) => files.read(blobAt(digest), MAX_PUT_SIZE),
    // What the index names is meant to be there.
    hasManifest: () => Promise.resolve(true),
    blobSize: (digest) => files.size(blobAt(digest)),
    openBlob: (digest) => files.open(blobAt(digest)),
  };
}

/** @throws UnreadableSourceError */
async function readRoots(files: Files, path: string): Promise<Root[]> {
  const content = await files.read(path, INDEX_LIMIT);
  if (content === undefined) throw new UnreadableSourceError(`there is no ${path}`);
  return parseIndexJson(content, path);
}

function tagsOf(roots: readonly Root[], given: string | undefined, path: string): SourceTag[] {
  const named = roots.flatMap(({ refName, descriptor: { digest } }) => {
    if (refName === undefined) return [];
    const tag = tagOf(refName);
    if (tag === undefined)
      throw new UnreadableSourceError(
        `${path}: ${JSON.stringify(refName)} is no tag that a registry could have`,
      );
    return [{ tag, digest }];
  });
  refuseTwice(named, path);
  if (given === undefined) return named;
  return [{ tag: given, digest: onlyImage(named.length > 0 ? named : roots.map(digestOf), given, path) }];
}

/** Some tools list what an index names beside it, without a name. */
function onlyImage(images: readonly { readonly digest: Digest }[], tag: string, path: string): Digest {
  const [only, ...others] = new Map(images.map(({ digest }) => [digest.text, digest])).values();
  if (only === undefined || others.length > 0)
    throw new UnreadableSourceError(
      `${path} names ${only === undefined ? 0 : others.length + 1} images: only one can become ${tag}`,
    );
  return only;
}

function digestOf({ descriptor: { digest } }: Root): { readonly digest: Digest } {
  return { digest };
}

/** Of two images with one tag nobody could say which is meant. */
function refuseTwice(tags: readonly SourceTag[], path: string): void {
  const seen = new Map<string, string>();
  for (const { tag, digest } of tags) {
    const before = seen.get(tag);
    if (before !== undefined && before !== digest.text)
      throw new UnreadableSourceError(
        `${path} gives the tag ${tag} to two images, ${before} and ${digest.text}`,
      );
    seen.set(tag, digest.text);
  }
}
