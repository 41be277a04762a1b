import type { CallOptions, ContentReader, ReadOptions, StorageDriver } from '@outrigger/driver';
import type { ContentCache } from '../content/content-cache.js';
import type { Facts } from '../content/facts.js';
import type { ContentPlaces } from '../layout/layout.js';
import type { Digest } from '../reference/digest.js';
import { digestOf } from '../reference/digest.js';
import { orAbsent } from '../layout/or-absent.js';
import type { Logger } from '../logger.js';

/** What content is read with. */
export interface ContentStore {
  readonly driver: StorageDriver;
  readonly cache: ContentCache;
  /** The sizes of content that is there, by the keys of the layout. */
  readonly sizes: Facts<number>;
  readonly log: Logger;
  readonly layout: ContentPlaces;
}

/**
 * The size of content in the store; undefined when it is absent. Where repositories share their content it may be there through another
 * one.
 */
export async function statContent(
  store: ContentStore,
  name: string,
  digest: Digest,
  options?: CallOptions,
): Promise<number | undefined> {
  const look = async (lookOptions?: CallOptions): Promise<number | undefined> => {
    const info = await orAbsent(store.driver.stat(store.layout.contentPath(name, digest), lookOptions));
    if (info === undefined || info.isDir) return undefined;
    store.cache.keepSize(digest, info.size);
    return info.size;
  };
  return store.sizes.find(store.layout.contentKey(name, digest), look, options);
}

/** Opens content; undefined when it is absent. */
export async function openContent(
  store: ContentStore,
  name: string,
  digest: Digest,
  options: ReadOptions,
): Promise<ContentReader | undefined> {
  const reader = await orAbsent(store.driver.reader(store.layout.contentPath(name, digest), options));
  if (reader !== undefined) store.cache.keepSize(digest, reader.size);
  return reader;
}

/**
 * The whole of small content, checked against its digest; undefined when it is absent or is not what the digest
 * says: a push of the right bytes then heals it.
 */
export async function readContent(
  store: ContentStore,
  name: string,
  digest: Digest,
  options?: CallOptions,
): Promise<Buffer | undefined> {
  const cached = store.cache.get(digest);
  if (cached !== undefined) return cached;
  const bytes = await orAbsent(store.driver.get(store.layout.contentPath(name, digest), options));
  if (bytes === undefined) return undefined;
  const content = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  return keepVerified(store, digest, content) ? content : undefined;
}

/** Whether content is what its digest says; it is kept then. */
export function keepVerified(store: ContentStore, digest: Digest, content: Buffer): boolean {
  if (digestOf(content, digest.algorithm).text === digest.text) {
    store.cache.keep(digest, content);
    return true;
  }
  store.cache.forget(digest);
  store.log.error({ digest: digest.text, size: content.length }, 'stored content does not match its digest');
  return false;
}
