import type { CallOptions } from '@outrigger/driver';
import { StorageError } from '@outrigger/driver';
import { statContent } from '../blobs/blob-content.js';
import { mountBlob, statBlob } from '../blobs/blob-links.js';
import { createLru } from '../content/lru.js';
import { acknowledgeDone } from '../gc/acknowledge.js';
import { keysOfManifest, keysOfPush } from '../gc/keys-of-manifest.js';
import { hasManifest, readManifest } from '../manifests/manifest-content.js';
import { manifestUnknown } from '../manifests/delete-manifest.js';
import { putManifest } from '../manifests/put-manifest.js';
import { verifyReferences } from '../manifests/verify-references.js';
import type { Digest } from '../reference/digest.js';
import { isRegistryError } from '../registry-error.js';
import type { Store } from '../store.js';
import { saveBlob } from '../uploads/save-blob.js';
import { createUploads } from '../uploads/uploads.js';
import type { CopiedManifest, TransferSink } from './sink.js';

/** A store that takes repositories as it takes pushes. A registry may serve it meanwhile: this process is a replica then. */
export function storeSink(store: Store): TransferSink {
  const uploads = createUploads(store);
  // Where repositories do not share their content it is copied from one of these.
  const owners = createLru<string>(KNOWN_OWNERS, () => 1);
  const hasContent: TransferSink['hasContent'] = async (name, digest, size) =>
    (await statContent(store, owners.get(digest.text) ?? name, digest)) === size;
  return {
    begin: (name) => store.layout.checkName?.(name),
    async blobSize(name, digest, options) {
      try {
        const { size } = await statBlob(store, name, digest, options);
        owners.set(digest.text, name);
        return size;
      } catch (error) {
        if (isRegistryError(error, 'BLOB_UNKNOWN')) return undefined;
        throw error;
      }
    },
    hasContent,
    async linkBlob(name, digest, size) {
      if (!(await hasContent(name, digest, size))) return false;
      await store.presence.joining;
      return mountBlob(store, name, digest, owners.get(digest.text));
    },
    async putBlob(name, digest, body) {
      await saveBlob(uploads, name, digest, body);
      owners.set(digest.text, name);
    },
    hasManifest: (name, digest, options) => isWhole(store, name, digest, options),
    async putManifest(name, copied) {
      if (await isWhole(store, name, copied.digest)) return false;
      await push(store, name, copied);
      return true;
    },
    resolveTag: (name, tag, options) => store.layout.tags.resolve(name, tag, options),
    setTag: (name, tag, digest) => pointTag(store, name, tag, digest),
    finish: () => Promise.resolve(),
  };
}

const KNOWN_OWNERS = 16_384;

/** Its content too: a manifest that has rotted here is written anew. */
async function isWhole(store: Store, name: string, digest: Digest, options?: CallOptions): Promise<boolean> {
  return (await readManifest(store, name, digest, options)) !== undefined;
}

/**
 * As the push of a client: with everything that it names held against a collector. A store may hold an index without all its images, and
 * layers that were left out for their licence.
 */
async function push(
  store: Store,
  name: string,
  { digest, content, manifest }: CopiedManifest,
): Promise<void> {
  await store.presence.joining;
  const keys = store.gate === undefined ? [] : await keysOfPush(store, name, digest, manifest);
  await acknowledgeDone(store.gate, keys, async () => {
    // What was found or copied a moment ago; only a collector takes it away.
    if (store.gate !== undefined) await stillThere(verifyReferences(store, name, manifest, 'blobs'));
    await putManifest(store, { name, digest, manifest, content, tags: [] });
  });
}

async function pointTag(store: Store, name: string, tag: string, digest: Digest): Promise<void> {
  await store.presence.joining;
  await acknowledgeDone(store.gate, keysOfManifest(store, name, digest), async () => {
    if (store.gate !== undefined && !(await hasManifest(store, name, digest)))
      await stillThere(Promise.reject(manifestUnknown(digest.text)));
    await store.layout.tags.set(name, tag, digest);
  });
}

/** @throws StorageError UNAVAILABLE */
async function stillThere(look: Promise<void>): Promise<void> {
  try {
    await look;
  } catch (error) {
    if (!isRegistryError(error, 'MANIFEST_BLOB_UNKNOWN') && !isRegistryError(error, 'MANIFEST_UNKNOWN'))
      throw error;
    throw new StorageError('UNAVAILABLE', 'the garbage collection took what was being copied: run it again', {
      cause: error,
    });
  }
}
