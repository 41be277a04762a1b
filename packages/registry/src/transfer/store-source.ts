import type { CallOptions } from '@outrigger/driver';
import { statBlob } from '../blobs/blob-links.js';
import { openBlob } from '../blobs/open-blob.js';
import { listRepositories } from '../catalog/catalog.js';
import { hasManifest, readManifest } from '../manifests/manifest-content.js';
import type { Digest } from '../reference/digest.js';
import { isRegistryError } from '../registry-error.js';
import type { Store } from '../store.js';
import type { SourceBlob, SourceRepository, SourceTag, TransferSource } from './source.js';

/** All that a store has. A registry may serve it meanwhile. */
export function storeSource(store: Store): TransferSource {
  return {
    async *repositories(options) {
      for await (const name of allRepositories(store, options)) yield storedRepository(store, name);
    },
  };
}

/** A repository of a store, with everything that belongs to it. */
export function storedRepository(store: Store, name: string): SourceRepository {
  return {
    name,
    manifests: () => listed(store.layout.manifests.list(name)),
    blobs: (options) => store.layout.blobs.list(name, options),
    tags: (options) => allTags(store, name, options),
    readManifest: (digest, options) => readManifest(store, name, digest, options),
    hasManifest: (digest, options) => hasManifest(store, name, digest, options),
    blobSize: (digest, options) =>
      orUnknown(statBlob(store, name, digest, options)).then((found) => found?.size),
    openBlob: (digest, options) => openStored(store, name, digest, options),
  };
}

const PAGE = 1000;

/** In the order of the catalog; a page is in memory at a time. */
export async function* allRepositories(store: Store, options?: CallOptions): AsyncGenerator<string> {
  let last: string | undefined;
  for (;;) {
    const { repositories, more } = await listRepositories(store, { ...options, limit: PAGE, last });
    yield* repositories;
    last = repositories.at(-1);
    if (!more) return;
  }
}

/** For whoever wants to tell how far it is. */
export async function countRepositories(store: Store, options?: CallOptions): Promise<number> {
  const names = allRepositories(store, options);
  let count = 0;
  while ((await names.next()).done !== true) count++;
  return count;
}

export async function* allTags(store: Store, name: string, options?: CallOptions): AsyncGenerator<SourceTag> {
  let last: string | undefined;
  for (;;) {
    const { tags, more } = await store.layout.tags.list(name, { ...options, limit: PAGE, last });
    for (const tag of tags) {
      const digest = await store.layout.tags.resolve(name, tag, options);
      // One that is gone meanwhile.
      if (digest !== undefined) yield { tag, digest };
    }
    last = tags.at(-1);
    if (!more) return;
  }
}

async function* listed(digests: Promise<readonly Digest[]>): AsyncGenerator<Digest> {
  yield* await digests;
}

async function openStored(
  store: Store,
  name: string,
  digest: Digest,
  options: CallOptions = {},
): Promise<SourceBlob | undefined> {
  const blob = await orUnknown(openBlob(store, name, digest, options));
  if (blob === undefined) return undefined;
  return 'reader' in blob ? blob.reader : inMemory(blob.content);
}

function inMemory(content: Buffer): SourceBlob {
  let at = 0;
  return {
    size: content.length,
    read(into) {
      const count = content.copy(into, 0, at);
      at += count;
      return Promise.resolve(count);
    },
    close: () => Promise.resolve(),
  };
}

async function orUnknown<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found;
  } catch (error) {
    if (isRegistryError(error, 'BLOB_UNKNOWN') || isRegistryError(error, 'NAME_UNKNOWN')) return undefined;
    throw error;
  }
}
