import { createHash } from 'node:crypto';
import { bodyOf } from '../../content/body.js';
import { checkLayoutName } from '../../layout/oci/check-layout-name.js';
import type { Manifest } from '../../manifests/parse-manifest.js';
import type { Digest } from '../../reference/digest.js';
import { wrongDigest } from '../../uploads/upload-errors.js';
import type { CopiedManifest, TransferSink } from '../sink.js';
import { BLOBS, INDEX, MARKER } from './files.js';
import type { IndexEntry } from './index-entries.js';
import type { IndexBefore } from './index-entries.js';
import { mergeEntries, readIndex, tagsOfEntries } from './index-entries.js';
import type { LayoutTarget } from './target.js';

/** An OCI image layout for each repository. Nobody else may write to them meanwhile. */
export function layoutSink(target: LayoutTarget, directoryOf: (name: string) => string): TransferSink {
  const open = new Map<string, Promise<OpenLayout>>();
  const layoutOf = (name: string): Promise<OpenLayout> => {
    const layout = open.get(name) ?? openLayout(target, directoryOf(name));
    open.set(name, layout);
    return layout;
  };
  const pathOf = (name: string, { algorithm, hex }: Digest) =>
    below(directoryOf(name), `${BLOBS}/${algorithm}/${hex}`);
  return {
    begin(name) {
      // Another layout may lie below this one.
      if (directoryOf(name) !== '') checkLayoutName(name);
    },
    blobSize: (name, digest) => target.size(pathOf(name, digest)),
    hasContent: () => Promise.resolve(false),
    linkBlob: () => Promise.resolve(false),
    async putBlob(name, digest, body) {
      const hash = createHash(digest.algorithm);
      const hashed = {
        length: body.length ?? 0,
        pour: (take: (chunk: Uint8Array) => Promise<void> | undefined) =>
          body.pour((chunk) => {
            hash.update(chunk);
            return take(chunk);
          }),
      };
      await target.write(pathOf(name, digest), hashed, () => {
        if (hash.digest('hex') !== digest.hex) throw wrongDigest(digest);
      });
    },
    hasManifest: async (name, digest) => (await target.size(pathOf(name, digest))) !== undefined,
    async putManifest(name, copied) {
      const { digest, content } = copied;
      record(await layoutOf(name), copied);
      const path = pathOf(name, digest);
      if ((await target.size(path)) === content.length) return false;
      await put(target, path, content);
      return true;
    },
    resolveTag: async (name, tag) => (await layoutOf(name)).tagsBefore.get(tag),
    async setTag(name, tag, digest) {
      (await layoutOf(name)).tags.set(tag, digest);
    },
    async finish(name) {
      const layout = await layoutOf(name);
      const directory = directoryOf(name);
      await put(target, below(directory, INDEX), Buffer.from(JSON.stringify(indexOf(layout))));
      await put(target, below(directory, MARKER), Buffer.from('{"imageLayoutVersion":"1.0.0"}'));
      open.delete(name);
    },
  };
}

interface OpenLayout {
  /** As the index.json had them. */
  readonly before: IndexBefore;
  readonly tagsBefore: ReadonlyMap<string, Digest>;
  readonly tags: Map<string, Digest>;
  readonly manifests: Map<string, IndexEntry>;
  /** What an index names need not be named by the layout. */
  readonly children: Set<string>;
}

async function openLayout(target: LayoutTarget, directory: string): Promise<OpenLayout> {
  const before = readIndex(await target.read(below(directory, INDEX)));
  const tagsBefore = tagsOfEntries(before.entries);
  return { before, tagsBefore, tags: new Map(), manifests: new Map(), children: new Set() };
}

function record({ manifests, children }: OpenLayout, { digest, content, manifest }: CopiedManifest): void {
  manifests.set(digest.text, describe(digest, content.length, manifest));
  for (const child of manifest.manifests) children.add(child.digest.text);
}

function describe(digest: Digest, size: number, manifest: Manifest): IndexEntry {
  const { mediaType, artifactType, subject } = manifest;
  // As ORAS writes referrers; of an image it is the type of its config, which tells nobody anything.
  const type = subject === undefined || artifactType === undefined ? {} : { artifactType };
  return { mediaType, digest: digest.text, size, ...type };
}

function indexOf({ before, tags, manifests, children }: OpenLayout): object {
  const untagged = [...manifests.values()].filter(({ digest }) => !children.has(digest));
  const tagged = [...tags].flatMap(([tag, { text }]) => {
    const entry = manifests.get(text);
    return entry === undefined ? [] : [{ tag, entry }];
  });
  return {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.index.v1+json',
    ...before.fields,
    manifests: mergeEntries(before.entries, tagged, untagged),
  };
}

function put(target: LayoutTarget, path: string, content: Buffer): Promise<void> {
  const once = async function* () {
    yield await Promise.resolve(content);
  };
  return target.write(path, { ...bodyOf(once(), content.length), length: content.length }, () => undefined);
}

function below(directory: string, path: string): string {
  return directory === '' ? path : `${directory}/${path}`;
}
